import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareMachine } from "../cli/setup/prepare.ts";
import { quote } from "../components/machine/scripts.ts";
import { filesImage } from "../services/proxy/definition.ts";
import { settingsFrom } from "../settings.ts";
import { findHost } from "../stack/hosts.ts";
import { buildStack } from "../stack/stack.ts";
import { prepareImages } from "../test/tools/prepare.ts";
import { until } from "../test/tools/wait.ts";
import { booted, hostSettings, machineFor, openStack, seconds, silent } from "../test/live/sshRig.ts";
import { emulatedPair, wires, type Emulated, type Pair } from "./emulated.ts";
import { tableOf, writeSection } from "./page.ts";
import { sortOf, type Packet } from "./pcap.ts";
import { serve, wiredImage, wiredNetwork, wiredSystem } from "./wiredSystem.ts";

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
  await prepareImages([wiredImage]);
  await using stem = await booted({ name });
  await stem.standin.addImages([wiredImage, filesImage]);
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
    ...{ system: file, environment: { answer: { WORD: word } }, protectData: false },
    override: { answer: { startSeconds: 600 } },
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
  const filter = "label=berth.service=answer";
  await exchange(first, second, { filter, network: wiredNetwork, word });
  await exchange(second, first, { filter, network: wiredNetwork, word });
  const seen = look(await first.packets(), word);
  add("of Berth", seen);
  assert.ok(seen.there > least && seen.back > least, "what goes between the machines must be in the capture");
  assert.deepEqual([seen.clear, seen.words], [0, 0], "nothing may be in the clear");
}

/** Another overlay of the same machines, by Docker's own command, whose word has to be seen. */
async function clear({ first, second }: Pair): Promise<void> {
  const word = newWord();
  const before = (await first.packets()).length;
  await first.exec("docker network create --driver overlay clear");
  // The image has no folder to write into.
  const room = "--mount type=tmpfs,destination=/tmp";
  const how = `--detach --name clear --mode global --endpoint-mode dnsrr --network clear ${room}`;
  await first.exec(`docker service create ${how} --env WORD=${word} ${wiredImage} sh -c ${quote(serve)}`);
  const filter = "label=com.docker.swarm.service.name=clear";
  await exchange(first, second, { filter, network: "clear", word });
  await exchange(second, first, { filter, network: "clear", word });
  const seen = look((await first.packets()).slice(before), word);
  add("of `docker network create`", seen);
  assert.ok(seen.clear > least && seen.words > least, "a word in the clear must be seen");
}

interface Exchange {
  /** Of the containers, one on each machine. */
  filter: string;
  network: string;
  word: string;
}

/** Has a machine's container ask the other's so often, with the word, which each answer has too. */
async function exchange(
  asks: Emulated,
  answers: Emulated,
  { filter, network, word }: Exchange,
): Promise<void> {
  const found = `docker ps --quiet --filter ${filter} | head -n 1`;
  const format = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
  await until(`${answers.name} answers ${asks.name}`, 900, async () => {
    const address = await answers.exec(`docker inspect --format '${format}' "$(${found})"`);
    // Not wget, which needs the C library's files for names where busybox is Debian's.
    const ask = `busybox printf 'GET /?${word} HTTP/1.0\\r\\n\\r\\n' | busybox nc -w 20 ${address} 8000`;
    const loop = `for turn in $(busybox seq ${least}); do ${ask}; done`;
    const heard = await asks.exec(`docker exec "$(${found})" sh -c ${quote(loop)}`);
    return heard.split(word).length > least;
  });
  log(`${answers.name} has answered ${asks.name} ${least} times`);
}

function add(overlay: string, { there, back, clear, words }: Seen): void {
  rows.push([overlay, `${least} each way`, `${there} there, ${back} back`, String(clear), String(words)]);
  log(rows.at(-1)?.join(" | ") ?? "");
}

function write(software: string): void {
  const source = `\`npm run bench:swarm-capture\`, ${software}, ${new Date().toISOString().slice(0, 10)}.`;
  const how =
    "Two machines that QEMU emulates, with a kernel of their own, are made one swarm over ssh by `berth up`, with a service that has a container on each. QEMU captures every frame between them. One container asks the other over HTTP, with a word of chance in the request and in the answer. To show that the capture would find it, the same is done on the same machines through an overlay without encryption.";
  const head = ["overlay", "answers", "ESP packets", "VXLAN packets", "frames with the word"];
  const text = `${source} ${how}\n\n${tableOf(head, rows)}`;
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

function newWord(): string {
  return randomBytes(12).toString("hex");
}
