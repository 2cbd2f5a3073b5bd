import { containerProcesses, daemonSettings } from "./daemonSettings.ts";
import { factsFolder, folderOf, verbOf, type DataDisk, type Machine } from "./machine.ts";
import { assignments, prints, quote, script, filledIn, type ScriptName } from "./scripts.ts";
import { sshdSettings } from "./sshdSettings.ts";

interface Step {
  /** What a person reads while it runs. */
  title: string;
  /** The script that has it, which defines a function of the same name. */
  name: ScriptName;
}

/** What is done to a machine, in this order. */
export function steps(machine: Machine): Step[] {
  return [
    { title: "check the machine", name: "check" },
    { title: "tools and clock", name: "basics" },
    ...(machine.dataDisk ? [{ title: "data disk", name: "disk" as const }] : []),
    { title: "sshd", name: "sshd" },
    // Closed before Docker can open anything.
    { title: "firewall", name: "firewall" },
    { title: "Docker Engine", name: "engine" },
    { title: "Docker's settings", name: "daemon" },
    ...(machine.gpu === true ? [{ title: "GPU", name: "gpu" as const }] : []),
    { title: "security upgrades", name: "upgrades" },
    { title: "logs of 14 days", name: "logs" },
    { title: verbOf(machine.system), name: "place" },
    { title: "firewall in force", name: "enforced" },
  ];
}

export interface SetupOptions {
  /**
   * Seconds after which new firewall rules are taken back. The script says `@confirm` and waits until somebody who came
   * in under them has stopped `berth-firewall-undo.timer`. @default none: they stay, and nobody is waited for
   */
  undoSeconds?: number;
  /** Seconds that another process may hold apt's locks. @default 300 */
  aptSeconds?: number;
}

/**
 * The POSIX shell script that prepares a machine, as root. It may run any number of times and changes what isn't as it
 * should be. It speaks in lines: `@step`, `@note`, `@warn`, `@confirm`, then `@changed` or `@same`; `@fail` ends it.
 */
export function setupScript(machine: Machine, { undoSeconds, aptSeconds = 300 }: SetupOptions = {}): string {
  const wanted = steps(machine);
  const { dataDisk } = machine;
  return withoutComments(
    [
      "#!/bin/sh\n# Prepares this machine for a system of containers; written by Berth.\nset -eu\n",
      assignments({ ...values(machine), undo: undoSeconds ?? "", apt_patience: aptSeconds }),
      "log=/var/log/berth-setup.log\numask 022\n",
      script("library"),
      prints("firewall_script", firewallScript(machine)),
      ...(dataDisk ? [prints("data_script", dataScript(dataDisk))] : []),
      prints("verb_script", verbScript(machine.system)),
      ...wanted.map(({ name }) => script(name)),
      wanted.map(({ title, name }) => `step ${quote(title)} ${name}\n`).join(""),
    ].join("\n"),
  );
}

/** EC2 takes 16 KiB of user-data; what stays tells a person whose file it is, and shellcheck what is meant. */
function withoutComments(text: string): string {
  return text.replaceAll(/^ *# (?!shellcheck|.*written by Berth).*\n/gim, "");
}

function values(machine: Machine): Record<string, string | number> {
  const { system, dataDisk } = machine;
  return {
    system,
    verb: verbOf(system),
    folder: folderOf(system),
    public_ports: (machine.ports ?? publicPorts).join(" "),
    least_disk: machine.leastDisk ?? 10,
    engine_version: machine.engine ?? "29",
    ...(dataDisk && { disk_device: dataDisk.device }),
    sshd_settings: sshdSettings,
    container_processes: containerProcesses,
    daemon_settings: JSON.stringify({ ...daemonSettings.always, ...(machine.swarm && daemonSettings.swarm) }),
    daemon_settings_24: JSON.stringify(daemonSettings.from24),
    daemon_settings_29: JSON.stringify(daemonSettings.from29),
    daemon_settings_ipv6: JSON.stringify(machine.ipv6 === true ? daemonSettings.ipv6 : {}),
    daemon_settings_26: JSON.stringify(machine.ipv6 === true ? daemonSettings.ipv6Before27 : {}),
    daemon_settings_new: JSON.stringify(daemonSettings.newFrom29),
  };
}

const publicPorts = [80, 443];

/** The script that loads the machine's rules. */
export function firewallScript(machine: Machine): string {
  const { sshFrom, sshPorts = [22], ports = publicPorts, udpPorts = [], neighbours = [], swarm } = machine;
  const admitted = neighbours.flatMap(({ network, ports }) => ports.map((port) => `${port}=${network}`));
  return filledIn(swarm === undefined ? script("rules") : swarmRules(), {
    ports: ports.join(" "),
    udp_ports: udpPorts.join(" "),
    ssh_ports: sshPorts.join(" "),
    ssh_from4: sshFrom.filter((network) => !network.includes(":")).join(" "),
    ssh_from6: sshFrom.filter((network) => network.includes(":")).join(" "),
    neighbours4: admitted.filter((one) => !one.includes(":")).join(" "),
    neighbours6: admitted.filter((one) => one.includes(":")).join(" "),
    ...(swarm && { peers: swarm.join(" ") }),
  });
}

/** The same rules where machines of a swarm come in too, and Docker's bridge of its own is inside. */
function swarmRules(): string {
  return script("rules")
    .replace("# What may come in", (line) => `${script("rules-swarm")}${line}`)
    .replace('    echo "-p icmp"\n', (line) => `    swarm\n${line}`)
    .replace("  for address in $(metadata", (line) => `  [ "$1" != 4 ] || apart\n${line}`)
    .replaceAll("docker0 br-+;", "docker0 br-+ docker_gwbridge;");
}

/** Where the data disk as a whole is mounted, for root alone. */
const diskRoot = "/mnt/berth-data";

/** The script that mounts the data disk at every boot. */
export function dataScript({ device, folders }: DataDisk): string {
  return filledIn(script("data"), {
    disk_device: device,
    disk_root: diskRoot,
    disk_folders: folders.join(" "),
  });
}

const verbParts = ["verb/head", "verb/restart", "verb/backup", "verb/watch", "verb/main"] as const;

/** The command that a person finds on the machine. */
export function verbScript(system: string): string {
  const values = { system, verb: verbOf(system), folder: folderOf(system), facts: factsFolder };
  return filledIn(verbParts.map(script).join("\n"), values);
}
