import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { getServers } from "node:dns";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { hostKeyFrom } from "../../components/ssh/hostKey.ts";
import type { SshTarget } from "../../components/ssh/connection.ts";
import { attached, diskFolder, type DataDisk } from "./disk.ts";
import { standinImage, type Variant } from "./image.ts";
import { linkImages, locked } from "./volumes.ts";

export interface StandinArgs {
  /** Names the container, its network and its volumes; begins with `sshtest-`. */
  name: string;
  /** Cloud-config the machine boots with, or what makes it for the key that is to log in. @default none */
  userData?: string | ((publicKey: string) => string);
  /** Who logs in, where the cloud-config says another than the image's own user. @default "debian" */
  user?: string;
  /** A {@link DataDisk} that is there before the machine and stays after it. @default none */
  disk?: DataDisk;
  /** @default "docker" */
  variant?: Variant;
  /** Its address on the network. @default the next one */
  address?: string;
  /** Its network has IPv6 too. @default false */
  ipv6?: boolean;
  /** Another stand-in on whose network it is. @default a network of its own */
  beside?: string;
  /** A volume of {@link stockVolume}, whose images its Docker has. @default none */
  stock?: string;
}

/** A machine to test on: systemd, sshd, cloud-init and an own Docker Engine in a container on an own network. */
export interface Standin {
  readonly name: string;
  readonly address: string;
  /** Empty where its network has no IPv6. */
  readonly ipv6: string;
  /** How its user is reached, who may sudo. */
  readonly target: SshTarget;
  /** Runs a shell command inside, as root and not over ssh, and returns what it wrote. */
  exec(command: string): Promise<string>;
  /** Seconds it took until sshd, cloud-init and (where it has one) Docker were there. */
  ready(deadlineSeconds?: number): Promise<number>;
  /** Puts images of this machine's Docker into the machine's, unless it has them. */
  addImages(references: readonly string[]): Promise<void>;
  reboot(): Promise<unknown>;
  /** Power loss. */
  kill(): Promise<unknown>;
  start(): Promise<unknown>;
  /** Drops every packet to port 22, from now on or until undone. */
  dropSsh(dropped: boolean): Promise<void>;
  /** Connections sshd accepted and refused since the machine started. */
  sshCounts(): Promise<{ accepted: number; refused: number }>;
  destroy(): Promise<void>;
}

/** Flags with which systemd and Docker run inside where `--privileged` is refused. */
const flags = [
  "--cap-add=ALL",
  "--cap-drop=SYS_RESOURCE",
  "--cgroupns=private",
  "--security-opt=seccomp=unconfined",
  "--security-opt=apparmor=unconfined",
  "--security-opt=systempaths=unconfined",
  "--device-cgroup-rule=a *:* rwm",
  "--tmpfs=/run:exec",
  "--tmpfs=/run/lock",
  "--tmpfs=/tmp:exec",
];

/** One such network at a time. */
const sixth = ["--ipv6", "--subnet=fd00:be:47::/64"];

export async function startStandin(args: StandinArgs): Promise<Standin> {
  const { name, userData = "#cloud-config\n{}\n", variant = "docker", user = "debian" } = args;
  const image = await standinImage(variant);
  await remove(name);
  const scratch = await mkdtemp(join(tmpdir(), `${name}-`));
  const key = join(scratch, "key");
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const network = args.beside ?? name;
  if (args.beside === undefined)
    await docker("network", "create", ...(args.ipv6 === true ? sixth : []), name);
  const [nameserver = ""] = getServers();
  await docker(
    "create",
    `--name=${name}`,
    `--hostname=${name}`,
    `--network=${network}`,
    ...flags,
    `--env=NAMESERVER=${nameserver}`,
    "--label=berth.standin=true",
    `--volume=${name}-docker:/var/lib/docker`,
    `--volume=${name}-containerd:/var/lib/containerd`,
    ...(args.address === undefined ? [] : [`--ip=${args.address}`]),
    ...(args.disk === undefined ? [] : [`--volume=${args.disk.volume}:${diskFolder}`]),
    image,
  );
  const { stock } = args;
  if (stock !== undefined) await locked(() => linkImages(stock, `${name}-docker`));
  const hostKey = hostKeyFrom(randomBytes(32).toString("base64"));
  const publicKey = (await readFile(`${key}.pub`, "utf8")).trim();
  await copyIn(name, scratch, {
    "/var/lib/cloud/seed/nocloud/user-data": typeof userData === "string" ? userData : userData(publicKey),
    "/var/lib/cloud/seed/nocloud/meta-data": JSON.stringify({
      "instance-id": `${name}-${randomBytes(4).toString("hex")}`,
      "local-hostname": name,
      "public-keys": [publicKey],
    }),
    // Weaker than user-data, so a rendered `ssh_keys` wins.
    "/etc/cloud/cloud.cfg.d/91-host-key.cfg": JSON.stringify({
      ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    }),
  });
  await docker("start", name);
  const address = await docker(
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
    name,
  );
  const ipv6 = await docker(
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}",
    name,
  );
  const exec = (command: string) => docker("exec", name, "sh", "-c", command);
  // Later than the boot, as clouds attach one.
  if (args.disk !== undefined) await exec(attached(args.disk));
  return {
    name,
    address,
    ipv6,
    target: { address, user, hostKey: hostKey.publicKey, key },
    exec,
    ready: (deadline = 300) => ready(exec, deadline),
    addImages: async (references) => {
      const list = "docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'";
      const there = new Set((await exec(list)).split("\n"));
      const here = (await execa("sh", ["-c", list])).stdout.split("\n");
      const ids = new Map(here.map((line) => [line.split(" ")[0], line]));
      const missing = references.filter((reference) => !there.has(ids.get(reference) ?? "nowhere"));
      if (missing.length === 0) return;
      const save = execa("docker", ["save", ...missing], { stdout: "pipe", buffer: false });
      await save.pipe("docker", ["exec", "-i", name, "docker", "load"]);
    },
    reboot: () => docker("restart", name),
    kill: () => docker("kill", name),
    start: async () => {
      await docker("start", name);
      if (args.disk !== undefined) await exec(attached(args.disk));
    },
    dropSsh: async (dropped) => {
      await exec(`iptables ${dropped ? "-I" : "-D"} INPUT -p tcp --dport 22 -j DROP`);
    },
    sshCounts: async () => {
      // What sshd has just said may not have been taken down yet.
      const journal = "journalctl --boot --no-pager --output cat SYSLOG_IDENTIFIER=sshd";
      const log = await exec(`journalctl --sync; ${journal}`);
      const count = (pattern: RegExp) => log.split("\n").filter((line) => pattern.test(line)).length;
      return {
        accepted: count(/^Connection from \d|^Accepted publickey .* from \d/),
        refused: count(/^drop connection/),
      };
    },
    destroy: async () => {
      await remove(name);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

async function docker(...words: string[]): Promise<string> {
  return (await execa("docker", words)).stdout;
}

/** A file tree into a container that hasn't started. */
async function copyIn(name: string, scratch: string, files: Record<string, string>): Promise<void> {
  const tree = join(scratch, "tree");
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(tree, path, ".."), { recursive: true });
    await writeFile(join(tree, path), content, { mode: 0o600 });
  }
  const pack = execa("tar", ["--owner=0", "--group=0", "-C", tree, "-c", "."], {
    stdout: "pipe",
    buffer: false,
  });
  await pack.pipe("docker", ["cp", "-", `${name}:/`]);
}

/** cloud-init writes its result last; to ask for its status four times a second would keep one core busy. */
async function ready(exec: (command: string) => Promise<string>, deadline: number): Promise<number> {
  const begin = performance.now();
  const script = `for i in $(seq ${deadline * 4}); do
    systemctl is-active --quiet ssh && test -e /run/cloud-init/result.json &&
      { ! command -v dockerd >/dev/null || docker info >/dev/null 2>&1; } && exit 0
    sleep 0.25
  done; cloud-init status --long; systemctl --failed; tail -n 30 /var/log/cloud-init-output.log; exit 1`;
  await exec(script);
  return (performance.now() - begin) / 1000;
}

async function remove(name: string): Promise<void> {
  // With those that a run before this one left on its network.
  const guests = [
    "ps",
    "--all",
    "--quiet",
    "--filter",
    `network=${name}`,
    "--filter",
    "label=berth.standin=true",
  ];
  const { stdout } = await execa("docker", guests, { reject: false });
  const all = [name, ...stdout.split("\n").filter((id) => id !== "")];
  await execa("docker", ["rm", "--force", "--volumes", ...all], { reject: false });
  const volumes = [`${name}-docker`, `${name}-containerd`];
  await execa("docker", ["volume", "rm", "--force", ...volumes], { reject: false });
  await execa("docker", ["network", "rm", name], { reject: false });
}
