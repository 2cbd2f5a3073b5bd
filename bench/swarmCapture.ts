import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareMachine } from "../cli/setup/prepare.ts";
import { settingsFrom } from "../settings.ts";
import { findHost } from "../stack/hosts.ts";
import { buildStack } from "../stack/stack.ts";
import { prepareImages } from "../test/tools/prepare.ts";
import { until } from "../test/tools/wait.ts";
import { booted, hostSettings, machineFor, openStack, seconds, silent } from "../test/live/sshRig.ts";
import { emulatedPair, wires, type Emulated, type Pair } from "./emulated.ts";
import { measuredBy, tableOf, writeSection } from "./page.ts";
import { sortOf, type Packet } from "./pcap.ts";
import { wiredImages, wiredSettings, wiredSystem } from "./wiredSystem.ts";

/**
 * Whether what containers of a swarm say to each other between two machines can be read on the wire:
 * `npm run bench:swarm-capture`, which writes its section of docs/hosts/swarm.md. The machines are emulated, with a kernel
 * of their own, as the one that stand-ins share may not have what encrypts. Fails where a word of theirs is in the capture,
 * and where one of another overlay, which isn't encrypted, isn't.
 */
const name = "sshtest-capture";
/** Answers from the other machine, each way. */
const least = 20;

const log = (text: string) => {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
};

const folder = await mkdtemp(join(tmpdir(), "berth-swarm-capture-"));
const rows: string[][] = [];
try {
  await prepareImages(wiredImages);
  await using stem = await booted({ name });
  await stem.standin.addImages(wiredImages);
  await prepareMachine(stem.ssh, { ...machineFor("wired"), ports: [80], swarm: [...wires] }, silent);
  log("a stand-in is prepared");
  const [pair, boot] = await seconds(emulatedPair(stem.standin));
  await using machines = pair;
  log(`two machines of it are up after ${boot.toFixed(0)} s`);
  const { exec } = machines.first;
  const engine = await exec("docker version --format '{{.Server.Version}}'");
  const kernel = await exec("uname -r");
  await encrypted(machines);
  await clear(machines);
  write(`Docker Engine ${engine}, Linux ${kernel}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
/** A system by Berth, as settings have it unless told. */
async function encrypted({ first, second }: Pair): Promise<void> {
  const word = newWord();
  const file = join(folder, "wired.ts");
  await writeFile(file, wiredSystem);
  const host = ({ target, wire }: Emulated) => ({
    ...hostSettings({ standin: { target } }),
    capacity: { cpus: 1, memory: 1536 },
    privateAddress: wire,
  });
  const config = {
    ...{ ...wiredSettings, system: file, environment: { answer: { WORD: word } }, protectData: false },
    ...{ swarm: true, host: host(first), hosts: { two: host(second) } },
  };
  const program = async () => {
    const settings = await settingsFrom(config, folder);
    return buildStack(settings, await findHost(settings));
  };
  await using opened = await openStack(name, program);
  const up = () => opened.stack.up({ parallel: 4, suppressProgress: true, onOutput: console.log });
  // A start that an emulated machine doesn't make in time is another run's.
  const [, took] = await seconds(up().catch(up));
  log(`up after ${took.toFixed(0)} s`);
  const ids = await Promise.all([first, second].map(containerOf));
  await asked(first, { word, id: ids[1] ?? "" });
  await asked(second, { word, id: ids[0] ?? "" });
  const packets = await first.packets();
  const seen = look(packets, word);
  rows.push(["of Berth", `${least} each way`, ...figures(seen)]);
  assert.ok(seen.there > least && seen.back > least, "what goes between the machines must be in the capture");
  assert.deepEqual([seen.clear, seen.words], [0, 0], "nothing may be in the clear");
}

/** Another overlay of the same machines, by the command line of Docker, whose word has to be seen. */
async function clear({ first, second }: Pair): Promise<void> {
  const word = newWord();
  const before = (await first.packets()).length;
  await first.exec("docker network create --driver overlay --attachable clear");
  const serve = `echo ${word} >/tmp/index.html && exec busybox httpd -f -p 8000 -h /tmp`;
  await second.exec(
    `docker run --detach --name clear-answer --network clear busybox:1.37-musl sh -c '${serve}'`,
  );
  const ask = `for turn in $(busybox seq ${least}); do busybox wget -q -O - "http://clear-answer:8000/?$0"; done`;
  await until("the other overlay answers", 600, async () => {
    const answers = await first.exec(
      `docker run --rm --network clear busybox:1.37-musl sh -c '${ask}' ${word}`,
    );
    return answers.split(word).length > least;
  });
  const seen = look((await first.packets()).slice(before), word);
  rows.push(["of `docker network create`, not encrypted", `${least} one way`, ...figures(seen)]);
  assert.ok(seen.clear > least && seen.words > least, "a word in the clear must be seen");
}

/** Asks a machine's proxy until so many answers came from a container on the other. */
async function asked({ target }: Emulated, { word, id }: { word: string; id: string }): Promise<void> {
  let answers = 0;
  await until(`${target.address} answers with ${id}`, 900, async () => {
    const response = await fetch(`http://${target.address}/?${word}`, {
      headers: { "x-word": word },
      signal: AbortSignal.timeout(60_000),
    });
    const answer = await response.text();
    if (response.status === 200 && answer.startsWith(id) && answer.includes(word)) answers++;
    return answers >= least;
  });
  log(`${target.address} has answered ${answers} times with ${id}`);
}

async function containerOf({ exec }: Emulated): Promise<string> {
  return exec("docker ps --filter label=berth.service=answer --format '{{.ID}}' | head -n 1");
}

function write(software: string): void {
  const source = measuredBy("npm run bench:swarm-capture", software);
  const head = [
    "overlay",
    "answers from the other machine",
    "ESP packets",
    "VXLAN packets",
    "frames with the word",
  ];
  const text = `${source}\n\n${tableOf(head, rows)}`;
  console.log(text);
  writeSection("On the wire", text, "hosts/swarm.md");
}

interface Seen {
  /** ESP packets from the first machine to the second, and the other way. */
  there: number;
  back: number;
  /** VXLAN packets that aren't encrypted. */
  clear: number;
  /** Frames in which the word stands. */
  words: number;
}

function look(packets: readonly Packet[], word: string): Seen {
  const sealed = packets.filter((packet) => sortOf(packet) === "encrypted");
  return {
    there: sealed.filter(({ source }) => source === wires[0]).length,
    back: sealed.filter(({ source }) => source === wires[1]).length,
    clear: packets.filter((packet) => sortOf(packet) === "clear").length,
    words: packets.filter(({ frame }) => frame.includes(word)).length,
  };
}

function figures({ there, back, clear, words }: Seen): string[] {
  return [`${there} there, ${back} back`, String(clear), String(words)];
}

function newWord(): string {
  return randomBytes(12).toString("hex");
}
