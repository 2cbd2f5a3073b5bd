import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey, randomBytes } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { docker, log } from "./docker.ts";
import { prepareImages } from "./prepare.ts";
import type { LiveStack } from "./stack.ts";
import { until } from "./wait.ts";

/** What nobody may see, by what it is called. */
export type Secrets = Readonly<Record<string, string>>;

/** What was found, such as `attn_redis-password raw`, by where. */
export type Hits = Record<string, string[]>;

/** The ways a value may be written, and what each is called; of two that are alike the first. */
export function disguises(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret);
  const forms: [string, string][] = [
    ["raw", secret],
    ["URL-encoded", encodeURIComponent(secret)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["hex", bytes.toString("hex")],
    ["HEX", bytes.toString("hex").toUpperCase()],
  ];
  // Inside a longer text base64 starts at one of three places in its groups of four; the ends depend on neighbours.
  for (const alphabet of ["base64", "base64url"] as const) {
    for (const shift of [0, 1, 2]) {
      const whole = Buffer.concat([Buffer.alloc(shift), bytes]).toString(alphabet);
      const ending = (shift + bytes.length) % 3;
      const shown = whole.replace(/=+$/, "");
      forms.push([
        `${alphabet} at ${shift}`,
        shown.slice(shift === 0 ? 0 : shift + 1, ending === 0 ? undefined : -1),
      ]);
    }
  }
  return Object.fromEntries(
    forms.filter(([, form], index) => forms.findIndex(([, one]) => one === form) === index),
  );
}

/** Which secrets a text holds, and how, as `attn_redis-password raw`. */
export function leaks(text: string, secrets: Secrets): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(disguises(secret))
      .filter(([, form]) => text.includes(form))
      .map(([how]) => `${name} ${how}`),
  );
}

/** The same of several texts, each by its place. */
export function leaksIn(texts: Readonly<Record<string, string>>, secrets: Secrets): Hits {
  const all = Object.entries(texts).map(([where, text]) => [where, leaks(text, secrets)] as const);
  return Object.fromEntries(all.filter(([, hits]) => hits.length > 0));
}

/**
 * What is secret of a private key in PEM: its number, and the lines that hold some of it. Others are of its kind, or of
 * the public half, which every certificate shows.
 */
export function secretsOfKey(name: string, pem: string): Record<string, string> {
  const lines = pem.split("\n").filter((line) => /^[A-Za-z0-9+/=]+$/.test(line));
  const { d = "" } = createPrivateKey(pem).export({ format: "jwk" }) as { d?: string };
  const bytes = Buffer.from(d, "base64url");
  const start = Buffer.from(lines.join(""), "base64").indexOf(bytes);
  assert.ok(bytes.length >= 32 && start > 0, `${name} must be a private key whose number is found in it`);
  // A line of 64 characters is 48 bytes (RFC 7468, 2).
  const held = lines.filter((_, index) => 48 * index < start + bytes.length && 48 * (index + 1) > start);
  const named = held.map((line, index): [string, string] => [`${name}, line ${index + 1}`, line]);
  return {
    ...Object.fromEntries(named.filter(([, line]) => line.length >= 20)),
    [`${name}, its number`]: bytes.toString("hex"),
    [`${name}, its number in a JWK`]: d,
  };
}

/** Everything Docker tells of a stack: `docker inspect` of all it holds, and the log of each container. */
export async function dockerTells(stack: LiveStack): Promise<Record<string, string>> {
  const { containers, networks, volumes } = await stack.dockerObjects();
  const texts: Record<string, string> = {};
  for (const { Id, Names } of containers) {
    const name = Names[0] ?? Id;
    texts[`inspect ${name}`] = JSON.stringify(await docker.getContainer(Id).inspect());
    texts[`log ${name}`] = await log(Id).catch(() => "");
  }
  for (const { Id, Name } of networks)
    texts[`inspect network ${Name}`] = JSON.stringify(await docker.getNetwork(Id).inspect());
  for (const { Name } of volumes)
    texts[`inspect volume ${Name}`] = JSON.stringify(await docker.getVolume(Name).inspect());
  return texts;
}

/** Every file below a folder, by path. */
export async function filesBelow(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(file, "utf8")] as const));
  return Object.fromEntries(texts);
}

/** Looks at every process of this machine, and so of every container, until it is told to stop. */
export class ProcessWatch {
  private readonly lines = new Set<string>();
  private readonly environments = new Set<string>();
  private readonly seen = new Set<string>();
  private going = true;
  private readonly watching: Promise<void>;

  private constructor() {
    this.watching = this.watch();
  }

  static start(): ProcessWatch {
    return new ProcessWatch();
  }

  /** Each command line once, and each environment that one began with. */
  async stop(): Promise<{ arguments: string[]; environments: string[] }> {
    this.going = false;
    await this.watching;
    return { arguments: [...this.lines], environments: [...this.environments] };
  }

  private async watch(): Promise<void> {
    for (let last = false; !last;) {
      last = !this.going;
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      await Promise.all(pids.map((pid) => this.look(pid)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private async look(pid: string): Promise<void> {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const line = await read("cmdline");
    this.lines.add(line.replaceAll("\0", " "));
    // The environment is one for as long as the program is.
    if (this.seen.has(`${pid} ${line}`)) return;
    this.seen.add(`${pid} ${line}`);
    const variables = (await read("environ")).split("\0");
    this.environments.add(variables.filter((each) => !isHandedOver(each)).join("\n"));
  }
}

export interface SearchArgs<T> {
  /** What the search is of, and what it said. */
  run: () => Promise<T>;
  /** By then all are known that it made. */
  secrets: () => Promise<Secrets> | Secrets;
  /** Further texts, by place. */
  more?: (reply: T) => Promise<Record<string, string>> | Record<string, string>;
  /** Files of the stack's folder that may hold them, by the end of their name. */
  except?: string;
}

/**
 * Runs something and looks for secrets wherever one might show: in what it says, in the state and everything else in the
 * stack's folder, in the state as it is exported, in all that Docker tells, in every container's log, and in arguments and
 * environment of every process of this machine and its containers meanwhile.
 *
 * The search proves itself each time: a value of its own is planted in each of these places, and has to be found in all.
 */
export async function searched<T extends { output: string }>(
  stack: LiveStack,
  { run, secrets, more = () => ({}), except }: SearchArgs<T>,
): Promise<{ reply: T; hits: Hits }> {
  await prepareImages([probeImage]);
  const planted = randomBytes(24).toString("base64url");
  const { reply, processes } = await watched(run, planted);
  const file = join(stack.folder, "planted");
  const container = await docker.createContainer({
    Image: probeImage,
    // Not by its last command, which takes the shell's place, arguments and all.
    Entrypoint: ["/bin/busybox", "sh", "-c", 'echo "$0"; sleep 600; :', planted],
    Labels: { "berth.stack": stack.name },
    HostConfig: { NetworkMode: "none" },
  });
  const texts: Record<string, string> = {};
  try {
    await container.start();
    await writeFile(file, planted);
    await until("the planted value in a log", 120, async () => (await log(container.id)).includes(planted));
    const files = Object.entries(await filesBelow(stack.folder));
    const inDocker = Object.entries(await dockerTells(stack));
    const { Name } = await container.inspect();
    Object.assign(texts, {
      "its output": reply.output,
      "the state as exported": await stack.exported(),
      ...processes,
      ...Object.fromEntries(files.filter(([name]) => except === undefined || !name.endsWith(except))),
      ...Object.fromEntries(inDocker),
      ...(await more(reply)),
    });
    const own = Object.keys(leaksIn(texts, { planted })).sort();
    assert.deepEqual(
      own,
      ["arguments of processes", "environments of processes", file, `inspect ${Name}`, `log ${Name}`].sort(),
      "what was planted is found where it was, and nowhere else",
    );
    assert.ok(
      texts["the state as exported"]?.includes(`urn:pulumi:${stack.name}::`),
      "the state is exported",
    );
    assert.ok(
      files.some(([name]) => name.endsWith(`${stack.name}.json`)),
      "the state is among the files",
    );
  } finally {
    await rm(file, { force: true });
    await container.remove({ force: true });
  }
  const all = await secrets();
  assertFindable(all);
  return { reply, hits: leaksIn(texts, all) };
}

/** What would be found of each, wherever it stood in a text. */
function assertFindable(all: Secrets): void {
  assert.ok(Object.keys(all).length > 0, "there are secrets to look for");
  for (const [name, secret] of Object.entries(all)) {
    assert.ok(secret.length >= 16, `${name} is long enough not to be found by chance`);
    for (const form of [
      secret,
      encodeURIComponent(secret),
      ...inBase64(secret),
      Buffer.from(secret).toString("hex"),
    ])
      assert.notDeepEqual(leaks(form, { [name]: secret }), [], `${name} is found as ${form}`);
  }
}

/** Runs something, with a value planted in a process beside it; returns what processes showed meanwhile, by place. */
async function watched<T>(
  run: () => Promise<T>,
  planted: string,
): Promise<{ reply: T; processes: Record<"arguments of processes" | "environments of processes", string> }> {
  const watch = ProcessWatch.start();
  // It waits for a line that doesn't come.
  const child = spawn("/bin/sh", ["-c", "read line", planted], {
    env: { PLANTED: planted },
    stdio: ["pipe", "ignore", "ignore"],
  });
  let reply: T;
  let seen: Awaited<ReturnType<ProcessWatch["stop"]>>;
  try {
    reply = await run();
  } finally {
    seen = await watch.stop();
    child.kill("SIGKILL");
  }
  return {
    reply,
    processes: {
      "arguments of processes": seen.arguments.join("\n"),
      "environments of processes": seen.environments.join("\n"),
    },
  };
}

/** How Redis's client takes a password that is to be no argument: its health check begins one for a moment. */
const handedOver = "REDISCLI_AUTH=";

function isHandedOver(variable: string): boolean {
  return variable.startsWith(handedOver);
}

/** What a server tells whoever is root there, and not whoever looks into its volumes: place and command. */
const serverPlaces = {
  "the server's Docker": [
    "docker ps -aq | xargs -r docker inspect",
    "docker network ls -q | xargs -r docker network inspect",
    "docker volume ls -q | xargs -r docker volume inspect",
  ].join("; "),
  "logs of the server's containers": 'for id in $(docker ps -aq); do docker logs "$id" 2>&1; done',
  "the server's journal": "journalctl --sync; journalctl --no-pager --output cat",
  "arguments on the server": "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '",
  "environments on the server": `cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -v '^${handedOver}'`,
  "files of the server":
    "find /tmp /var/tmp /etc /root /home -type f -size -1024k -exec cat {} + 2>/dev/null",
};

export interface ServerSearchArgs<T> extends Pick<SearchArgs<T>, "run" | "secrets"> {
  /** Runs a command on the server as root. */
  exec: (command: string) => Promise<string>;
  /** An image that the server has, with a shell. */
  image: string;
  /** Where this machine keeps state, and all else that its commands write. */
  folder: string;
}

/**
 * Runs something that works on a server and looks for secrets on both machines: here in what it says, in arguments and
 * environments of processes meanwhile, and in state and all else that it writes; on the server in what Docker tells, in
 * containers' logs and the journal, in arguments and environments, and in files outside of volumes. `there` is what the
 * server showed, by place.
 *
 * It proves itself as {@link searched} does.
 */
export async function searchedServer<T extends { output: string }>({
  exec,
  image,
  folder,
  run,
  secrets,
}: ServerSearchArgs<T>): Promise<{ reply: T; hits: Hits; there: Record<string, string> }> {
  const planted = randomBytes(24).toString("base64url");
  const { reply, processes } = await watched(run, planted);
  const name = `planted-${randomBytes(4).toString("hex")}`;
  const file = join(folder, name);
  const script = `'echo "$PLANTED"; sleep 600; :' ${planted}`;
  const there: Record<string, string> = {};
  const here: Record<string, string> = { "its output": reply.output, ...processes };
  try {
    await writeFile(file, planted);
    await exec(
      `docker run -d --name ${name} --network none -e PLANTED=${planted} --entrypoint sh ${image} -c ${script}`,
    );
    await exec(`echo ${planted} >/tmp/${name}; logger ${planted}`);
    await until("the planted value in a log of the server", 120, async () =>
      (await exec(`docker logs ${name}`)).includes(planted),
    );
    for (const [place, command] of Object.entries(serverPlaces)) there[place] = await exec(`${command}; :`);
    Object.assign(here, await filesBelow(folder));
  } finally {
    await rm(file, { force: true });
    await exec(`docker rm -f ${name}; rm -f /tmp/${name}`);
  }
  const texts = { ...here, ...there };
  const own = [...Object.keys(serverPlaces), ...Object.keys(processes), file];
  assert.deepEqual(Object.keys(leaksIn(texts, { planted })).sort(), own.sort(), "what was planted is found");
  const all = await secrets();
  assertFindable(all);
  return { reply, hits: leaksIn(texts, all), there };
}

/** As it stands in the base64 of longer texts, at each place of its groups. */
function inBase64(secret: string): string[] {
  return ["", "u", "us", "use"].map((before) => Buffer.from(`${before}${secret}:er`).toString("base64"));
}
