import type * as pulumi from "@pulumi/pulumi";
import { filesFolder } from "../../components/containers/fileVolume.ts";
import type { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { factsFolder } from "../../components/machine/machine.ts";
import type { Nginx } from "../proxy/nginx.ts";
import { statusPort } from "../proxy/ports.ts";
import type { Postgres } from "../postgres/postgres.ts";
import type { Redis } from "../redis/redis.ts";
import type { ServiceSettings } from "../application/serviceSettings.ts";
import { Exporter } from "./exporter.ts";

/** Where an exporter stands, and how large it may be. */
export interface Place {
  scope: Scope;
  network: Network;
  service: ServiceSettings;
}

/** PostgreSQL's metrics, with a role that reads statistics alone. None for a database that isn't `monitored`. */
export function postgresExporter(
  place: Place,
  postgres: Postgres,
  parent: pulumi.Resource,
): Exporter | undefined {
  const login = postgres.monitor();
  if (login === undefined) return undefined;
  const { host, database, role, password, ready } = login;
  const environment = {
    DATA_SOURCE_URI: `${host}:5432/${database}?sslmode=disable`,
    DATA_SOURCE_USER: role,
    DATA_SOURCE_PASS_FILE: `${filesFolder}/password`,
  };
  return new Exporter(
    place.service.name,
    { ...place, environment, files: { password }, after: ready },
    { parent },
  );
}

/** Redis's metrics, and how long each of these lists is. */
export function redisExporter(
  place: Place,
  redis: Redis,
  lists: readonly string[],
  parent: pulumi.Resource,
): Exporter {
  const { address, password, ready } = redis.monitor();
  const passwords = password.apply((value) => JSON.stringify({ [address]: value }));
  const command = [
    `--redis.addr=${address}`,
    `--redis.password-file=${filesFolder}/passwords.json`,
    ...(lists.length === 0 ? [] : [`--check-single-keys=${lists.map((list) => `db0=${list}`).join(",")}`]),
  ];
  return new Exporter(
    place.service.name,
    { ...place, command, files: { "passwords.json": passwords }, after: ready },
    { parent },
  );
}

/** The proxy's counters. The vendor's image holds the exporter and nothing that could ask it over HTTP. */
export function nginxExporter(place: Place, nginx: Nginx, parent: pulumi.Resource): Exporter {
  const command = [`--nginx.scrape-uri=http://${nginx.name}:${statusPort}/stub_status`];
  const health = { test: ["CMD", "/usr/bin/nginx-prometheus-exporter", "--version"] };
  return new Exporter(place.service.name, { ...place, command, health, after: nginx.released }, { parent });
}

/**
 * The machine's metrics, and the facts that others leave as files. It reads the machine's `/proc`, `/sys` and disks
 * read-only as a user that owns nothing there, and has neither the machine's network nor its processes' namespace.
 */
export function nodeExporter(place: Place, facts: pulumi.Input<string>, parent: pulumi.Resource): Exporter {
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
export function cadvisor(place: Place, parent: pulumi.Resource): Exporter {
  const command = [
    `--port=${place.service.port}`,
    "--housekeeping_interval=15s",
    "--disable_metrics=disk,diskIO,network,tcp,udp,percpu,sched,process,hugetlb,referenced_memory,resctrl,cpu_topology,cpuset,advtcp,memory_numa,perf_event",
    "--raw_cgroup_prefix_whitelist=/docker,/system.slice/docker-",
  ];
  const mounts = [{ target: "/sys", folder: "/sys" }];
  return new Exporter(place.service.name, { ...place, command, mounts, containers: true }, { parent });
}
