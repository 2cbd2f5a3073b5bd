import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import Docker from "dockerode";
import { execa } from "execa";
import { pace } from "../../cli/engine/engine.ts";
import { quietHome } from "../../cli/engine/quietHome.ts";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import { connection, type Connection } from "../../components/ssh/connection.ts";
import { closeMaster, openMaster } from "../../components/ssh/master.ts";
import { engineFacts } from "../../components/hosts/engine.ts";
import { everywhere, type Machine } from "../../components/machine/machine.ts";
import { findHost } from "../../stack/hosts.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { rowsOf } from "../../systems/facts.ts";
import { systemNames, systems, type SystemName } from "../../systems/index.ts";
import { ensureDocker, ensureTools } from "../../toolchain/index.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { shipImages } from "../../toolchain/ship.ts";
import { prepareImages } from "../tools/prepare.ts";
import { quickCommand } from "../tools/quickCommand.ts";
import { stockVolume } from "../standin/stock.ts";
import { startStandin, type Standin, type StandinArgs } from "../standin/standin.ts";

const nothing = (): void => undefined;
export const silent: Progress = {
  step: () => ({ note: nothing, done: nothing, skip: nothing, fail: nothing }),
};

/** Why machines can't be stood in for here; undefined when they can. In CI they must be, and it throws. */
export async function noStandin(): Promise<string | undefined> {
  return ensureDocker(silent).then(
    () => undefined,
    (error: unknown) => {
      if (process.env.CI === "true") throw error;
      return `no Docker Engine to stand machines in with: ${String(error)}`;
    },
  );
}

export function machineFor(system: string): Machine {
  return { system, sshFrom: everywhere, leastDisk: 1 };
}

/** A stand-in that `berth setup` has prepared. */
export interface Prepared extends AsyncDisposable {
  standin: Standin;
  ssh: Connection;
}

/** Starts a machine and prepares it for a system. It is removed at the end of the scope that holds it. */
export async function prepared(system: string, args: StandinArgs): Promise<Prepared> {
  const machine = await booted(args);
  await prepareMachine(machine.ssh, { ...machineFor(system), ipv6: args.ipv6 }, silent);
  return machine;
}

/** Starts a machine and opens the way to it. It is removed at the end of the scope that holds it. */
export async function booted(args: StandinArgs): Promise<Prepared> {
  const standin = await startStandin(args);
  await standin.ready();
  const ssh = connection(standin.target);
  await openMaster(ssh);
  return { standin, ssh, [Symbol.asyncDispose]: () => remove(standin, ssh) };
}

export async function remove(standin: Standin, ssh: Connection): Promise<void> {
  await closeMaster(ssh);
  await standin.destroy();
}

/**
 * Puts a system's images on the machine, past ssh: a test of something else needn't wait for gzip. Returns the `images`
 * setting.
 */
export async function stockImages(
  system: SystemName,
  { standin }: Pick<Prepared, "standin">,
): Promise<Record<string, string>> {
  const own = await taggedImages(system);
  await standin.addImages([filesImage, ...own.map(({ tag }) => tag)]);
  return Object.fromEntries(own.map(({ service, tag }) => [service, tag]));
}

/**
 * A volume of what a Docker has that holds the images of every system: to copy it takes an eighth of what loading
 * images does. Made once.
 */
export async function stock(): Promise<string> {
  const all: string[] = [filesImage];
  for (const system of systemNames) all.push(...(await taggedImages(system)).map(({ tag }) => tag));
  return stockVolume(all);
}

/** Tags of a test's own, so that what is built meanwhile under the usual ones doesn't matter. */
async function taggedImages(system: SystemName): Promise<{ service: string; tag: string }[]> {
  const rows = Object.entries(rowsOf(systems[system], { watched: false, certified: false, backed: false }));
  const needed = rows.filter(([, { dispensable }]) => dispensable !== true);
  await prepareImages(needed.map(([, { image }]) => image));
  const { images } = await engineFacts(new Docker());
  const own = rows
    // What a system can do without may not be here.
    .filter(([, { image }]) => images.has(image))
    .map(([service, { image }]) => ({ service, image, tag: `sshtest/${system}-${service}:1` }));
  for (const { image, tag } of own) await execa("docker", ["tag", image, tag]);
  return own.map(({ service, tag }) => ({ service, tag }));
}

export async function ship(system: SystemName, { ssh }: Prepared): Promise<string[]> {
  const { images } = await engineFacts(new Docker());
  const references = [
    filesImage,
    ...Object.values(rowsOf(systems[system], { watched: false, certified: false, backed: false })).map(
      ({ image }) => image,
    ),
  ];
  const wanted = [...new Set(references)].map((reference) => ({
    reference,
    id: images.get(reference) ?? "",
  }));
  return (await shipImages(wanted, ssh, silent)).map(({ reference }) => reference);
}

/** Settings of a stack on this machine. */
export function hostSettings({
  standin: { target },
}: {
  standin: Pick<Standin, "target">;
}): Record<string, unknown> {
  const { user, address, hostKey, key } = target;
  return {
    kind: "existing",
    address: `${user}@${address}`,
    hostKey,
    key,
    capacity: { cpus: 2, memory: 16384 },
  };
}

/** The program of `index.ts`, with config given in the test. */
export function programOf(config: Record<string, unknown>): PulumiFn {
  return async () => {
    const settings = parseSettings(config);
    return buildStack(settings, await findHost(settings));
  };
}

/** A stack of its own state. It is removed, not destroyed, at the end of the scope that holds it. */
export interface OpenStack extends AsyncDisposable {
  stack: Stack;
}

export async function openStack(name: string, program: PulumiFn): Promise<OpenStack> {
  // The program runs in this process: frames of the errors that the SDK makes for each resource are half of its cost.
  Error.stackTraceLimit = 2;
  const tools = await ensureTools(silent, { plugins: ["docker", "random", "command"] });
  const folder = await mkdtemp(join(tmpdir(), "sshtest-state-"));
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: name, projectName: "berth", program },
    {
      workDir: folder,
      pulumiCommand: await quickCommand(tools.pulumiRoot, {
        state: folder,
        project: "berth",
        stack: name,
      }),
      projectSettings: { name: "berth", runtime: "nodejs", backend: { url: `file://${folder}` } },
      envVars: {
        ...pace(),
        ...(await quietHome(folder)),
        PULUMI_CONFIG_PASSPHRASE: "sshtest",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
    },
  );
  return { stack, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Brings a stack up at the parallelism of a laptop, and counts what sshd saw of it. */
export async function countedUp(stack: Stack, { standin }: Prepared, program?: PulumiFn) {
  const before = await standin.sshCounts();
  const { summary } = await stack.up({ parallel: 32, program });
  const after = await standin.sshCounts();
  return {
    changes: summary.resourceChanges ?? {},
    accepted: after.accepted - before.accepted,
    refused: after.refused - before.refused,
  };
}

/**
 * What a run says that has to fail. The SDK reports a program that threw and leaves promises of its own rejected beside
 * it, at once or later, which the test runner would take for failures of the file: from here on nobody hears of those.
 */
export async function failure(run: () => Promise<unknown>): Promise<string> {
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", () => undefined);
  return run().then(() => "", String);
}

/** What something gives, and the seconds it took. */
export async function seconds<T>(work: Promise<T>): Promise<[T, number]> {
  const begin = performance.now();
  const result = await work;
  return [result, (performance.now() - begin) / 1000];
}

/** Seconds until a page answers 200; more than the deadline when it doesn't. */
export async function untilAnswers(url: string, deadline: number): Promise<number> {
  const begin = performance.now();
  const passed = () => (performance.now() - begin) / 1000;
  while (passed() <= deadline) {
    const status = await fetch(url, { signal: AbortSignal.timeout(3000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return passed();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return passed();
}
