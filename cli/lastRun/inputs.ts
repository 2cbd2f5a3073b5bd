import { createHmac } from "node:crypto";
import { readProject, type StackFile } from "../project.ts";
import { isMap } from "../overrides.ts";
import { lookOfTools } from "../../toolchain/look.ts";
import { buildFacts } from "./builds.ts";
import { askDocker } from "./docker.ts";
import { digest, type Facts } from "./facts.ts";

export interface InputArgs {
  stack: StackFile;
  /** What the sources were when this process began. */
  sources: string;
  /** Made from the passphrase: what is kept can't be guessed at faster than the passphrase itself. */
  key: Buffer;
  socket: string;
  /** Of every image that the stack uses. */
  references: readonly string[];
}

/** All that decides what a run does, but for what is there already. */
export async function inputFacts({ stack, sources, key, socket, references }: InputArgs): Promise<Facts> {
  const sealed = (value: unknown) => createHmac("sha256", key).update(JSON.stringify(value)).digest("hex");
  const [project, builds, info, images] = await Promise.all([
    readProject(),
    buildFacts(stack),
    askDocker(socket, "/info"),
    Promise.all(references.map(async (reference) => [reference, await imageId(socket, reference)] as const)),
  ]);
  const { ID = "", ServerVersion = "", NCPU = 0, MemTotal = 0, Runtimes = {} } = info as Partial<Engine>;
  const gpus = "nvidia" in Runtimes ? "1" : "0";
  return {
    passphrase: { [digest]: sealed("passphrase") },
    secrets: { [digest]: sealed([stack.sealed, stack.rest]) },
    settings: { [digest]: sealed([stack.written, project]) },
    environment: { [digest]: sealed(toolEnvironment()) },
    sources: { [digest]: sources },
    ...builds,
    ...lookOfTools(["docker", "random"]),
    "Docker Engine": { id: ID, version: ServerVersion, cpus: `${NCPU}`, memory: `${MemTotal}`, gpus },
    ...Object.fromEntries(images.map(([reference, id]) => [`image ${reference}`, { id }])),
  };
}

interface Engine {
  ID: string;
  ServerVersion: string;
  NCPU: number;
  MemTotal: number;
  Runtimes: Record<string, unknown>;
}

/** What the last run went on without: the full way tries again to have it. */
export function firstMissing(inputs: Facts): string | undefined {
  const missing = Object.entries(inputs).find(
    ([thing, { id }]) => thing.startsWith("image ") && id === "none",
  );
  return missing && `${missing[0]}: must be there`;
}

async function imageId(socket: string, reference: string): Promise<string> {
  const image = await askDocker(socket, `/images/${reference}/json`);
  return isMap(image) && typeof image.Id === "string" ? image.Id : "none";
}

/** What the engine, its plugins and Docker are told by the environment; the passphrase is a fact of its own. */
export function toolEnvironment(environment = process.env): [string, string | undefined][] {
  return Object.entries(environment)
    .filter(([name]) => /^(PULUMI|BERTH|DOCKER)_/.test(name) && name !== "PULUMI_CONFIG_PASSPHRASE")
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
