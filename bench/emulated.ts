import { join } from "node:path";
import { execa } from "execa";
import { quote } from "../components/machine/scripts.ts";
import { connection, type SshTarget } from "../components/ssh/connection.ts";
import { closeMaster, openMaster } from "../components/ssh/master.ts";
import { remote } from "../components/ssh/session.ts";
import type { Standin } from "../test/standin/standin.ts";
import { ensureImages } from "../toolchain/images/index.ts";
import { until } from "../test/tools/wait.ts";
import { silent } from "../test/live/sshRig.ts";
import { packetsIn, type Packet } from "./pcap.ts";

/** A machine with a kernel of its own, emulated by QEMU in a container, whose packets to the others are captured. */
export interface Emulated {
  /** Names its container. */
  name: string;
  /** How its user is reached, who may sudo. */
  target: SshTarget;
  /** Its address on the wire, on which nobody else is. */
  wire: string;
  /** Runs a shell command on it as root, and returns what it wrote. */
  exec: (command: string, deadlineSeconds?: number) => Promise<string>;
  /** All that has gone over the wire since it started. */
  packets: () => Promise<Packet[]>;
}

/** Two of them. */
export interface Pair extends AsyncDisposable {
  first: Emulated;
  second: Emulated;
}

/** Addresses on the wire. */
export const wires = ["10.99.0.1", "10.99.0.2"] as const;

/** MiB of each. */
const memory = 1536;
/** Of each disk, most of it a hole. */
const diskSize = "8G";
/** Seconds until sshd and Docker answer: emulated, and beside whatever else the machine does. */
const patience = 1200;
/** Of 1,024 that a container has otherwise: whatever else runs here goes first. */
const share = "--cpu-shares=256";
const wirePort = 10_099;

/** Makes two machines of one stand-in, of its files and of what its Docker has, and ends its container. */
export async function emulatedPair(standin: Standin): Promise<Pair> {
  const image = await emulatorImage();
  const disk = await makeDisk(standin, image);
  const dispose = async () => {
    for (const one of [0, 1]) await docker("rm", "--force", "--volumes", nameOf(standin, one));
    await docker("volume", "rm", "--force", disk);
  };
  try {
    const first = await start({ standin, image, disk, place: 0, way: `listen=:${wirePort}` });
    const way = `connect=${first.target.address}:${wirePort}`;
    const second = await start({ standin, image, disk, place: 1, way });
    await Promise.all([ready(first), ready(second)]);
    return {
      first,
      second,
      [Symbol.asyncDispose]: async () => {
        for (const { target } of [first, second]) await closeMaster(connection(target));
        await dispose();
      },
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function emulatorImage(): Promise<string> {
  const image = "berth/emulated:1";
  await ensureImages(silent, ["berth/base:bookworm"]);
  await docker("build", "--quiet", "--tag", image, join(import.meta.dirname, "emulated"));
  return image;
}

async function makeDisk(standin: Standin, image: string): Promise<string> {
  const { name } = standin;
  const disk = `${name}-disk`;
  await standin.exec("systemctl stop docker.socket docker");
  await standin.kill();
  await docker("volume", "rm", "--force", disk);
  const volumes = [`--volume=${disk}:/disk`, `--volume=${name}-docker:/tree/var/lib/docker`];
  // Reads what marks a folder of an image's layer as a new one, which is for who may mount.
  const flags = ["--rm", "--interactive", "--cap-add=SYS_ADMIN", ...volumes];
  const files = execa("docker", ["export", name], { stdout: "pipe", buffer: false });
  await files.pipe("docker", ["run", ...flags, image, "disk", diskSize]);
  return disk;
}

interface Start {
  standin: Standin;
  image: string;
  disk: string;
  place: 0 | 1;
  /** How QEMU gets to the wire. */
  way: string;
}

async function start({ standin, image, disk, place, way }: Start): Promise<Emulated> {
  const name = nameOf(standin, place);
  const wire = wires[place];
  await docker("rm", "--force", "--volumes", name);
  const command = ["run", wire, String(place), way, String(memory)];
  // The stand-in's end takes with it what is on its network under this label.
  const flags = [`--name=${name}`, `--network=${standin.name}`, "--label=berth.standin=true", share];
  await docker("run", "--detach", ...flags, `--volume=${disk}:/disk:ro`, image, ...command);
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const target = { ...standin.target, address: await docker("inspect", "--format", format, name) };
  return {
    name,
    target,
    wire,
    exec: (words, deadline) => remote(connection(target), `sudo -n sh -c ${quote(words)}`, { deadline }),
    packets: async () => {
      const read = await execa("docker", ["exec", name, "cat", "/wire.pcap"], { encoding: "buffer" });
      return packetsIn(Buffer.from(read.stdout));
    },
  };
}

/** @throws with the end of its console, where it isn't ready in time */
async function ready({ name, target, exec }: Emulated): Promise<void> {
  try {
    await until(`${name} answers by ssh`, patience, async () => {
      await openMaster(connection(target));
      return true;
    });
    await until(`Docker answers on ${name}`, patience, async () => {
      await exec("systemctl is-active --quiet docker && docker info", 120);
      return true;
    });
  } catch (error) {
    const { all } = await execa("docker", ["logs", "--tail=20", name], { all: true, reject: false });
    throw new Error(`${name}: must be ready within ${patience} s, got ${all}`, { cause: error });
  }
}

const nameOf = (standin: Standin, place: number): string => `${standin.name}-machine-${place + 1}`;

async function docker(...words: string[]): Promise<string> {
  return (await execa("docker", words)).stdout;
}
