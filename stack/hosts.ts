import { localImages } from "../components/containers/images.ts";
import type { Scope } from "../components/containers/scope.ts";
import { engineFacts, type EngineFacts } from "../components/hosts/engine.ts";
import type { Capacity, Host } from "../components/hosts/host.ts";
import type { MadeHost } from "../components/hosts/kind.ts";
import type { Prepare } from "../components/machine/gate.ts";
import { filesImage } from "../services/proxy/definition.ts";
import type { Settings } from "../settings.ts";
import { innerPorts, type Ways } from "../settings/ways.ts";

/** A host that was made, and what it runs for an image. */
export type OpenedHost = Pick<Scope, "image" | "filesImage"> & { host: Host };

/** A host whose size is known, before its first resource exists. */
export interface KnownHost {
  capacity: Capacity;
  /** Makes the host's resources. */
  open(): OpenedHost;
  /** Machines beside it, by name. @default none */
  beside?: Record<string, KnownBeside>;
}

/** A machine beside another. */
export interface KnownBeside {
  capacity: Capacity;
  /** Makes its resources, and opens the ways between the two and no others. */
  open(first: Host, ways: Ways): OpenedHost;
}

/**
 * Finds out about the hosts that settings name; `ask` asks the Docker Engine of the machine that runs this program.
 * Throws an error that names the fix when a host can't be reached.
 */
export async function findHost(settings: Settings, ask = engineFacts): Promise<KnownHost> {
  const engine = ask();
  const images = imagesOf(engine);
  const prepare = (machine?: string): Prepare => sender(settings, images, machine);
  const ports = innerPorts(settings);
  const found = await settings.hostKind.find({ ...settings, innerPorts: ports, engine, prepare });
  const here = await images;
  const beside = Object.entries(found.beside ?? {}).map(
    ([name, { capacity, open }]): [string, KnownBeside] => [
      name,
      {
        capacity,
        open(first, { there, back }) {
          const between = { there: Object.values(there), back: Object.values(back) };
          return withImages(open(first, between), here, name);
        },
      },
    ],
  );
  return {
    capacity: found.capacity,
    open: () => withImages(found.open(), here),
    beside: Object.fromEntries(beside),
  };
}

/** Images without a digest are sent from this machine, where they have the same id; without Docker here there are none. */
async function imagesOf(engine: Promise<EngineFacts>): Promise<EngineFacts["images"]> {
  return engine.then(
    ({ images }) => images,
    () => new Map<string, string>(),
  );
}

/** Sends a machine the images that it will run, lacks, and that this one has. */
function sender(settings: Settings, images: Promise<EngineFacts["images"]>, machine?: string): Prepare {
  return async (connection) => {
    const { sendImages } = await import("./sendImages.ts");
    await sendImages(settings, await images, { connection, machine });
  };
}

function withImages(host: MadeHost, images: EngineFacts["images"], prefix?: string): OpenedHost {
  const image = localImages(images, host, prefix);
  return { host, image, filesImage: image(filesImage) };
}
