import type * as pulumi from "@pulumi/pulumi";
import { factsFolder } from "../../components/machine/machine.ts";
import { Exporter, type ExporterPlace } from "./exporter.ts";

// Those of no kind of service: of the machine, and of all its containers.

/**
 * The machine's metrics, and the facts that others leave as files. It reads the machine's `/proc`, `/sys` and disks
 * read-only as a user that owns nothing there, and has neither the machine's network nor its processes' namespace.
 */
export function nodeExporter(
  place: ExporterPlace,
  facts: pulumi.Input<string>,
  parent: pulumi.Resource,
): Exporter {
  const command = [
    "--path.procfs=/host/proc",
    "--path.sysfs=/host/sys",
    "--path.rootfs=/host/root",
    `--collector.textfile.directory=${factsFolder}`,
    ...["cpu", "meminfo", "filesystem", "diskstats", "loadavg", "time", "stat", "textfile", "uname"].map(
      (collector) => `--collector.${collector}`,
    ),
    "--collector.disable-defaults",
  ];
  const mounts = [
    { target: "/host/proc", folder: "/proc" },
    { target: "/host/sys", folder: "/sys" },
    { target: "/host/root", folder: "/" },
    { target: factsFolder, volume: facts },
  ];
  return new Exporter(place.service.name, { ...place, command, mounts, ofOthers: true }, { parent });
}

/**
 * What each container takes, read from the kernel's control groups and nowhere else: no Docker socket, no root, no
 * capability, so it knows a container by its id alone (see `targets.json.ts`) and nothing of its disk.
 */
export function cadvisor(place: ExporterPlace, parent: pulumi.Resource): Exporter {
  const command = [
    `--port=${place.service.port}`,
    "--housekeeping_interval=15s",
    "--disable_metrics=disk,diskIO,network,tcp,udp,percpu,sched,process,hugetlb,referenced_memory,resctrl,cpu_topology,cpuset,advtcp,memory_numa,perf_event",
    "--raw_cgroup_prefix_whitelist=/docker,/system.slice/docker-",
  ];
  const mounts = [{ target: "/sys", folder: "/sys" }];
  return new Exporter(place.service.name, { ...place, command, mounts, containers: true }, { parent });
}
