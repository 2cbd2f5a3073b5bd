import { join } from "node:path";
import Docker from "dockerode";
import { execa } from "execa";
import type { GivenLogins } from "../../lib/logins.ts";
import { PlainError } from "../../lib/plainError.ts";
import { parseReference } from "../../lib/reference.ts";
import { loginsFor, type FindLogin } from "../images/auth.ts";
import { inspectImage, reasonOf } from "../images/engine.ts";
import { cacheFolder } from "../images/cache.ts";
import { withLock } from "../lock.ts";
import type { Progress, Step } from "../progress.ts";
import { buildxCommand } from "./buildx.ts";
import { isPushed, push } from "./push.ts";

/** What is to be built, all paths absolute. */
export interface Source {
  /** Its name, which is another one for every change of what it is made of. */
  reference: string;
  context: string;
  dockerfile: string;
  target?: string;
  args: Readonly<Record<string, string>>;
  platform?: string;
  /** Files by id, for `RUN --mount=type=secret`. */
  secrets: Readonly<Record<string, string>>;
  /** Whether other machines pull it from the registry that its name says. @default it is sent to them */
  pushed?: boolean;
}

/** Whether an image was there already, or how long it took to build and push it, in seconds. */
export interface Built {
  reference: string;
  seconds?: number;
}

/** Who uses what is built, and what registries are asked with. */
export interface BuildWays {
  /** This machine's Docker runs it; else another machine does, sent from here or pulled from where it is pushed. */
  here: boolean;
  logins?: GivenLogins;
  docker?: Docker;
}

/**
 * Has Docker build every image that it lacks, with BuildKit, each once, and pushes those that other machines pull, where
 * their registry lacks them: what it has isn't built at all. Rejects with the step that failed and the end of what it
 * said.
 */
export async function buildSources(
  sources: readonly Source[],
  progress: Progress,
  { here, logins, docker = new Docker() }: BuildWays,
): Promise<Built[]> {
  const once = [...new Map(sources.map((source) => [source.reference, source])).values()];
  const ways = { docker, login: loginsFor(logins) };
  const results: Built[] = [];
  // One after the other: BuildKit itself works side by side, and Docker's layers are shared between them.
  for (const source of once)
    results.push(await shown(source, progress, source.pushed && !here ? pushOne : buildOne, ways));
  return results;
}

interface Ways {
  docker: Docker;
  login: FindLogin;
}

/** What was done for an image, and in how many seconds, where anything was. */
interface Done {
  text: string;
  seconds?: number;
}

type Work = (source: Source, step: Step, ways: Ways) => Promise<Done>;

async function shown(source: Source, progress: Progress, work: Work, ways: Ways): Promise<Built> {
  const { reference } = source;
  const step = progress.step(`image ${reference}`);
  try {
    const { text, seconds } = await work(source, step, ways);
    if (seconds === undefined) step.skip(text);
    else step.done(text);
    return { reference, ...(seconds !== undefined && { seconds }) };
  } catch (error) {
    step.fail(reasonOf(error));
    throw error;
  }
}

const pushOne: Work = async (source, step, ways) => {
  const { registry } = parseReference(source.reference);
  if (await isPushed(source.reference, ways.login)) return { text: `in ${registry} already` };
  const { text, seconds = 0 } = await buildOne(source, step, ways);
  const started = Date.now();
  await push(ways.docker, source.reference, ways.login, (note) => {
    step.note(note);
  });
  const whole = seconds + (Date.now() - started) / 1000;
  return { text: `${text}, pushed to ${registry}`, seconds: whole };
};

const buildOne: Work = async (source, step, { docker }) => {
  const { reference } = source;
  await docker.ping().catch((error: unknown) => {
    throw new PlainError(
      `images: must be built by this machine's Docker Engine, which doesn't answer (${reasonOf(error)}); start it, or name an image that is built elsewhere`,
    );
  });
  if ((await inspectImage(docker, reference)) !== undefined) return { text: "built earlier" };
  const started = Date.now();
  const lock = join(cacheFolder, "images", `${reference.replaceAll(/[^a-z0-9.]+/gi, "-")}.lock`);
  const waiting = (): boolean => {
    step.note("waiting for another run that builds it");
    return false;
  };
  await withLock(lock, waiting, () => run(source, step));
  const seconds = (Date.now() - started) / 1000;
  return { text: `built in ${seconds.toFixed(1)} s`, seconds };
};

async function run(source: Source, step: Step): Promise<void> {
  const [program = "", ...words] = await buildxCommand(step);
  const lines: string[] = [];
  step.note("building");
  const work = execa(program, [...words, ...buildArguments(source)], {
    reject: false,
    all: true,
    buffer: false,
    stdin: "ignore",
    env: { BUILDX_NO_DEFAULT_ATTESTATIONS: "1", NO_COLOR: "1" },
  });
  for await (const line of work.iterable({ from: "all" })) {
    lines.push(line);
    if (lines.length > 400) lines.shift();
    const found = /^#\d+ \[(.+?)\] (\w+)/.exec(line);
    if (found !== null) step.note(`building, ${found[1]}, ${found[2]}`);
  }
  const { failed, shortMessage = "" } = await work;
  if (failed) throw new PlainError(failureText(source, lines, shortMessage));
}

/** https://docs.docker.com/reference/cli/docker/buildx/build/ */
export function buildArguments({
  reference,
  context,
  dockerfile,
  target,
  args,
  platform,
  secrets,
}: Source): string[] {
  return [
    "build",
    ...["--load", "--progress", "plain", "--tag", reference, "--file", dockerfile],
    ...(target === undefined ? [] : ["--target", target]),
    ...(platform === undefined ? [] : ["--platform", platform]),
    ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...Object.entries(secrets).flatMap(([id, file]) => ["--secret", `id=${id},src=${file}`]),
    context,
  ];
}

/** The reason, the step, and the last lines that it wrote; BuildKit numbers the lines of each step. */
export function failureText(
  { context, dockerfile }: Pick<Source, "context" | "dockerfile">,
  lines: readonly string[],
  otherwise: string,
): string {
  const number = lines.map((line) => /^(#\d+) ERROR: /.exec(line)?.[1]).find((found) => found !== undefined);
  const own = lines
    .filter((line) => number !== undefined && line.startsWith(`${number} `))
    .map((line) => line.slice(`${number} `.length));
  const title = own.find((line) => line.startsWith("["));
  const wrote = own.filter((line) => /^\d+\.\d+ /.test(line)).map((line) => line.replace(/^\S+ /, ""));
  const error = lines.findLast((line) => line.startsWith("ERROR: ")) ?? otherwise;
  const reason = wrapping.reduce((text, wrapper) => text.replace(wrapper, ""), error);
  const where = title === undefined ? "" : ` in ${title}`;
  const first = `images: must build from "${context}" by "${dockerfile}", got ${reason}${where}`;
  return [first, ...wrote.slice(-20).map((line) => `  ${line}`)].join("\n");
}

/** What buildx, BuildKit and its front end put before a reason. */
const wrapping = [
  /^ERROR: /,
  /^failed to build: /,
  /^failed to solve: /,
  /^rpc error: code = \w+ desc = /,
  /^failed to solve with frontend \S+: /,
  /^failed to create LLB definition: /,
  /^failed to compute cache key: /,
  /^(?:executor failed running|process) .*(?=exit code: )/,
];
