import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "../components/containers/scope.ts";
import { engineFacts, type EngineFacts } from "../components/hosts/engine.ts";
import type { Capacity, Host } from "../components/containers/host.ts";
import type { FoundHost, MadeHost } from "../components/hosts/kind.ts";
import type { Prepare } from "../components/machine/gate.ts";
import { asItself } from "./asItself.ts";
import { imagesOn } from "./imagesOf.ts";
import { readLock } from "../toolchain/registry/lockFile.ts";
import type { ImageFacts } from "./imagePlan.ts";
import { ownImages, type LookedImages } from "./ownImages.ts";
import { knownImages, type KnownImages } from "./images.ts";
import { filesImage } from "../services/proxy/definition.ts";
import type { Settings } from "../settings.ts";
import { proxyStays } from "../settings/everywhere.ts";
import { innerPorts, type Ways } from "../settings/ways.ts";

/** A host that was made, and what it runs for an image. */
export type OpenedHost = Pick<Scope, "image" | "filesImage"> & { host: MadeHost };

/** A host whose size is known, before its first resource exists. */
export interface KnownHost {
  capacity: Capacity;
  images: Pick<KnownImages, "has" | "problems" | "warnings">;
  /** What was found of images that settings name. @default nobody looked */
  looked?: LookedImages;
  /** Makes the host's resources. */
  open(): OpenedHost;
  /** Machines beside it, by name. @default none */
  beside?: Record<string, KnownBeside>;
  /** Joins them to one swarm; yields what is there when they are in it. @default they can't be one */
  join?: FoundHost["join"];
}

/** A machine beside another. */
export interface KnownBeside {
  capacity: Capacity;
  /** Makes its resources, and opens the ways between the two and no others. */
  open(first: Host, ways: Ways): OpenedHost;
}

/**
 * Finds out about the hosts that settings name; `ask` asks the Docker Engine of the machine that runs this program,
 * `locked` is what `berth lock` wrote down, and `look` looks into images. Throws an error that names the fix when a host can't be reached.
 */
export async function findHost(
  settings: Settings,
  ask = engineFacts,
  locked = readLock(),
  look = lookWhereNeeded,
): Promise<KnownHost> {
  await haveSources(settings);
  const engine = ask();
  const facts = imageFacts(settings, engine, locked);
  const prepare = (machine?: string): Prepare => sender(settings, facts, machine);
  const ports = innerPorts(settings);
  const own = (machine?: string) =>
    imagesOn(settings, machine, true).filter((image) => asItself(settings, image));
  const looking = facts.then((known) => look(settings, known));
  // Whether there is a proxy on each machine of a swarm hangs on which images are an owner's.
  const services = settings.swarm === false ? settings.services : completed(settings, await looking);
  const [found, looked] = await Promise.all([
    settings.hostKind.find({
      ...settings,
      https: settings.tls !== false,
      innerPorts: ports,
      swarm: settings.swarm !== false,
      everywhere: !proxyStays(settings.definition, { ...settings, services }),
      asItself: own,
      engine,
      prepare,
    }),
    looking,
  ]);
  const images = knownImages(await facts);
  const beside = Object.entries(found.beside ?? {}).map(
    ([name, { capacity, open }]): [string, KnownBeside] => [
      name,
      {
        capacity,
        open(first, { there, back }) {
          const between = { there: Object.values(there), back: Object.values(back) };
          return withImages(open(first, between), images, name);
        },
      },
    ],
  );
  return {
    capacity: found.capacity,
    images,
    looked,
    open: () => withImages(found.open(), images),
    beside: Object.fromEntries(beside),
    ...(found.join && { join: found.join }),
  };
}

function completed({ services }: Settings, looked: LookedImages): Settings["services"] {
  return ownImages(services, looked, pulumi.runtime.isDryRun()).services;
}

/** A run by plain Pulumi builds what settings have built of source; by then `berth up` has, and a preview needn't. */
async function haveSources({ sources, hostKind, logins }: Settings): Promise<void> {
  const all = Object.values(sources);
  if (all.length === 0 || pulumi.runtime.isDryRun()) return;
  const [{ buildSources }, { log }] = await Promise.all([
    import("../toolchain/source/build.ts"),
    import("./sendImages.ts"),
  ]);
  await buildSources(all, log, { here: hostKind.thisMachine !== undefined, logins });
}

/** Loads what looks into images only for a stack whose settings name some. */
async function lookWhereNeeded(settings: Settings, facts: ImageFacts): Promise<LookedImages> {
  const needed = Object.values(settings.services).some(({ candidate }) => candidate !== undefined);
  return needed ? (await import("./lookIntoImages.ts")).lookIntoImages(settings, facts) : new Map();
}

async function imageFacts(
  { hostKind, sources }: Settings,
  engine: Promise<EngineFacts>,
  locked: ImageFacts["locked"],
): Promise<ImageFacts> {
  const present = await engine.then(
    ({ images }) => images,
    () => undefined,
  );
  return {
    present,
    locked,
    pushed: pushedImages(sources),
    thisMachine: hostKind.thisMachine !== undefined,
    made: hostKind.thisMachine === undefined && hostKind.setup === undefined,
    preview: pulumi.runtime.isDryRun(),
  };
}

function pushedImages(sources: Settings["sources"]): ReadonlySet<string> {
  return new Set(Object.values(sources).flatMap(({ reference, pushed }) => (pushed ? [reference] : [])));
}

/** Has a machine get the images that it will run, lacks, and can't get by itself. */
function sender(settings: Settings, facts: Promise<ImageFacts>, machine?: string): Prepare {
  return async (connection) => {
    const { sendImages } = await import("./sendImages.ts");
    await sendImages(settings, await facts, { connection, machine });
  };
}

function withImages(host: MadeHost, images: KnownImages, prefix?: string): OpenedHost {
  const image = images.finder(host, prefix);
  return { host, image, filesImage: image(filesImage) };
}
