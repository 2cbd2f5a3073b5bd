import { setTimeout } from "node:timers/promises";
import { stringify } from "yaml";
import { checkFit, checkSettings } from "../../../cli/preflight/settings.ts";
import { asStack, root, withWholePath } from "../../../cli/project.ts";
import { problemsIn } from "../../../cli/refusal.ts";
import { PlainError } from "../../../lib/plainError.ts";
import { parseReference, plainName } from "../../../lib/reference.ts";
import { filesImage } from "../../../services/proxy/definition.ts";
import { readSettings } from "../../../settings.ts";
import { storedIn } from "../../../settings/stored.ts";
import { buildStack } from "../../../stack/stack.ts";
import { withStored } from "../../../stack/storedSecrets.ts";
import type { Outputs } from "../../../stack/outputs.ts";
import { findHost } from "../../../stack/hosts.ts";
import { imagesOf } from "../../../stack/imagesOf.ts";
import { capacity, imageId } from "../anyStack.ts";
import { amazonAnswers, googleZones, hostKey } from "../cloudSettings.ts";
import { configText, Graph, runProgram, type ProgramOptions, type Registered } from "../harness.ts";
import type { Generated } from "./configs.ts";
import { marker } from "./pool.ts";

/** What a command or the program makes of a config: what is wrong with it, or nothing. */
export type Verdict = readonly string[];

/** What `validate` and `up` say of it as a stack's file. */
export async function fileVerdict(generated: Generated): Promise<Verdict> {
  return (await checkSettings(readAs(generated))).problems;
}

export function readAs({ config, secretKeys }: Generated): Parameters<typeof checkSettings>[0] {
  const written = asStack({ name: "fuzz" }, stringify({ config: named(config) }));
  // What readers of YAML disagree about, and secrets, the engine is asked for: as the program gets it.
  const byEngine = written.odd || secretKeys.length > 0;
  const read = byEngine ? withWholePath(configText(named(config)), root) : written.config;
  return { config: read, secretKeys };
}

/** What they say of what is right, once it is known how large its machines are. */
export async function fitVerdict(generated: Generated): Promise<Verdict> {
  const { settings } = await checkSettings(readAs(generated));
  return settings === undefined ? [] : (await checkFit(settings)).problems;
}

/** A region of AWS as most are; one that has fewer is AWS's to tell, and no setting's. */
const threeZones: ProgramOptions["calls"] = {
  ...amazonAnswers,
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
  }),
  "aws:ec2/getSubnet:getSubnet": ({ availabilityZone }) => ({
    id: `subnet-${String(availabilityZone)}`,
    availabilityZone,
  }),
};

/** What plain Pulumi says of it, and what it would make where the program goes on after the settings. */
export async function programVerdict(
  { config, secretKeys }: Generated,
  program: () => unknown = readsOnly,
): Promise<{ verdict: Verdict; graph: Graph }> {
  const made: Registered[] = [];
  const options = {
    stack: "fuzz",
    preview: true,
    config: named(config),
    secretKeys: secretKeys.map((key) => `berth:${key}`),
    calls: { ...googleZones, ...threeZones },
    outputs: (resource: Registered) => {
      made.push(resource);
      return resource.type === "command:local:Command" ? { stdout: `${hostKey}\n` } : {};
    },
  };
  try {
    return { verdict: [], graph: await orRefused(runProgram(program, options)) };
  } catch (error) {
    const problems = problemsIn(error) ?? (error instanceof PlainError ? [error.message] : undefined);
    if (problems === undefined) throw error;
    return { verdict: problems, graph: new Graph(made, [], {}) };
  }
}

/**
 * As Pulumi's runtime has it: what an output fails with ends the program, whoever waits for the output. Against mocks
 * whatever waits for it would wait for ever.
 */
async function orRefused<T>(ran: Promise<T>): Promise<T> {
  const others = process.listeners("unhandledRejection");
  let heard: (error: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => (heard = resolve));
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", heard);
  try {
    const first = await Promise.race([ran.then((graph) => ({ graph })), failed.then((error) => ({ error }))]);
    if ("graph" in first) return first.graph;
    // Several outputs fail with it, one after the other, while others are still registered.
    await setTimeout(1000);
    throw first.error;
  } finally {
    process.removeListener("unhandledRejection", heard);
    for (const other of others) process.on("unhandledRejection", other);
  }
}

/**
 * Whether it is refused because two machines' subnets are in one zone. In which zone AWS puts a machine that names none
 * isn't a setting's, so that one which does may meet another there.
 */
export function isOfZones(verdict: Verdict): boolean {
  return verdict.some((line) => line.includes("must name the zones where host.loadBalancer"));
}

async function readsOnly(): Promise<object> {
  await readSettings(root);
  return {};
}

/** The whole program, on an engine that has every image which settings name, with stores that have what they ask for. */
export async function stackProgram(): Promise<Outputs> {
  const read = await readSettings(root);
  const properties = storedIn(read).map(({ stored }) => [stored.property ?? "key", marker]);
  const stored = JSON.stringify(Object.fromEntries(properties));
  const settings = await withStored(read, () => Promise.resolve(stored));
  const images = new Map(
    [filesImage, ...imagesOf(settings, true)].flatMap((image) =>
      // Docker has what is named without a tag under the one that it gives it.
      [image, plainName(parseReference(image))].map((name) => [name, imageId(image)] as const),
    ),
  );
  const engine = () => Promise.resolve({ id: "engine", version: "28.0.0", capacity, images });
  return buildStack(settings, await findHost(settings, engine, new Map(), () => Promise.resolve(new Map())));
}

function named(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [`berth:${key}`, value]));
}
