import { createHash } from "node:crypto";
import type { engineFacts } from "../../components/hosts/engine.ts";
import type { HostKind } from "../../components/hosts/registry.ts";
import { findHost } from "../../stack/hosts.ts";
import type { LookedImages } from "../../stack/ownImages.ts";
import { parseSettings } from "../../settings.ts";
import { buildStack } from "../../stack/stack.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import type { SystemDefinition } from "../../systems/define.ts";
import { rowsOf } from "../../systems/facts.ts";
import { systemNames, systems, type SystemName } from "../../systems/index.ts";
import { amazonAnswers, ec2Least, gceLeast, googleZones, hostKey } from "./cloudSettings.ts";
import type { Locked } from "../../toolchain/registry/lockFile.ts";
import { runProgram, type Graph } from "./harness.ts";

/** Of the machine that runs the program. */
export const capacity = { cpus: 8, memory: 16384, gpus: 0 };

/** Every image a system names by default, on the machine that runs the program. */
const images = new Map(
  [filesImage, ...systemNames.flatMap(defaultImages)].map((image) => [image, imageId(image)]),
);

function defaultImages(system: SystemName): string[] {
  return Object.values(rowsOf(systems[system])).flatMap(({ image, developmentImage }) =>
    developmentImage === undefined ? [image] : [image, developmentImage],
  );
}

export function imageId(reference: string): string {
  return `sha256:${createHash("sha256").update(reference).digest("hex")}`;
}

/** The least that settings say of each kind. */
export const least: Record<HostKind, (config: Record<string, unknown>) => Record<string, unknown>> = {
  local: () => ({ kind: "local" }),
  existing: () => ({ kind: "existing", address: "ops@203.0.113.30", hostKey, capacity }),
  gce: (config) => ({ ...gceLeast, ...named(config) }),
  ec2: (config) => ({ ...ec2Least, ...named(config) }),
};

function named({ domain }: Record<string, unknown>): Record<string, unknown> {
  return domain === undefined ? {} : { dns: { zone: "example.org" } };
}

function hostOf(kind: HostKind, config: Record<string, unknown>): Record<string, unknown> {
  return { ...least[kind](config), ...(config.host as Record<string, unknown> | undefined) };
}

/** What the program finds where it runs. */
interface Here {
  /** @default an engine that has every default image */
  engine?: () => ReturnType<typeof engineFacts>;
  /** What `berth lock` wrote down. @default nothing */
  locked?: Locked;
  /** What was found of images that settings name. @default nothing */
  looked?: LookedImages;
  /** A definition in the place of the system's. */
  system?: SystemDefinition;
  /** What the stack is called. @default prod */
  stack?: string;
}

/** The whole graph of a system on a host of this kind, as a preview makes it. */
export function stackOn(
  kind: HostKind,
  system: SystemName,
  config: Record<string, unknown> = {},
  here: Here = {},
): Promise<Graph> {
  const settings = parseSettings({ system, ...config, host: hostOf(kind, config) }, here.system);
  const laptop = { id: "engine", version: "28.0.0", capacity, images };
  const { engine = () => Promise.resolve(laptop), locked = new Map(), looked = new Map() } = here;
  const program = async () =>
    buildStack(settings, await findHost(settings, engine, locked, () => Promise.resolve(looked)));
  return runProgram(program, {
    stack: here.stack ?? "prod",
    // The gate opens a connection in a run, not in a preview.
    preview: true,
    calls: { ...googleZones, ...amazonAnswers },
    outputs: ({ type }) => (type === "command:local:Command" ? { stdout: `${hostKey}\n` } : {}),
  });
}
