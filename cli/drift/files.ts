import type Docker from "dockerode";
import { filesIn, type ArchivedFile } from "../docker/archive.ts";
import { volumesHere } from "../docker/volumeFiles.ts";
import type { Owned } from "../docker/owned.ts";
import { filesImage } from "../../systems/facts.ts";
import { isMap } from "../overrides.ts";
import {
  containerType,
  ownerOf,
  volumeType,
  type Checkpoint,
  type StateResource,
} from "../state/checkpoint.ts";
import type { Changed } from "../state/drift.ts";
import { editedIn, type Load } from "./edited.ts";
import { statusOf, unlessGone } from "../docker/gone.ts";

interface StateLoad extends Load {
  carrier: StateResource;
  volume: StateResource;
}

/** Files in volumes that aren't what the last run put there, read where they lie, or by whichever container has the volume. */
export async function editedFiles(
  docker: Docker,
  checkpoint: Checkpoint,
  { containers, volumes }: Owned,
): Promise<Changed[]> {
  const loads = loadsIn(checkpoint);
  if (loads.length === 0) return [];
  const readHere = await volumesHere(docker);
  const found = await Promise.all(
    loads.map(async (load): Promise<Changed[]> => {
      const { carrier, volume } = load;
      const held = volumes.find(({ Name }) => Name === volume.id);
      const files =
        (held && (await readHere(held))) ?? (await readByAny(docker, holdersOf(volume, carrier, containers)));
      if (files === undefined) return [];
      const { changes, added } = editedIn(load, files);
      // Where the carrier is there, its image is too.
      const image = typeof carrier.inputs?.image === "string" ? carrier.inputs.image : filesImage;
      return [
        ...(changes.length === 0 ? [] : [{ resource: volume, what: changes.join(", ") }]),
        ...added.map((name) => ({
          resource: volume,
          what: `${name} was added`,
          byHand: `docker run --rm -v ${volume.id}:/files ${image} rm ${quoted(`/files/${name}`)}`,
        })),
      ];
    }),
  );
  return found.flat();
}

interface Holder {
  container: string;
  path: string;
  runs: boolean;
}

/**
 * Containers that have a volume, the best to read it by first: its carrier never runs, and so nothing happens to it
 * meanwhile. One that doesn't run has its mounts made for the reading, and with them a missing folder of the machine.
 */
function holdersOf(volume: StateResource, carrier: StateResource, containers: Owned["containers"]): Holder[] {
  const rank = ({ Id, State, Mounts }: Owned["containers"][number]) => {
    if (State === "running") return 1;
    if (Mounts.some(({ Type }) => Type === "bind")) return 3;
    return Id === carrier.id ? 0 : 2;
  };
  return containers
    .toSorted((one, other) => rank(one) - rank(other))
    .flatMap(({ Id, State, Mounts }) =>
      Mounts.filter(({ Name }) => Name === volume.id).map(({ Destination }) => ({
        container: Id,
        path: Destination,
        runs: State === "running",
      })),
    );
}

/** What the first has that can be read; nothing where there is none. */
async function readByAny(docker: Docker, holders: readonly Holder[]): Promise<ArchivedFile[] | undefined> {
  for (const { container, path, runs } of holders) {
    const files = await read(docker, container, path).catch((error: unknown) => {
      // One of its mounts can't be made, as of a folder that is a file by now; what runs has all of them.
      if (runs || statusOf(error) !== 500) unlessGone(error);
    });
    if (files !== undefined) return files;
  }
  return undefined;
}

async function read(docker: Docker, container: string, path: string): Promise<ArchivedFile[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of await docker.getContainer(container).getArchive({ path }))
    chunks.push(Buffer.from(chunk));
  return filesIn(Buffer.concat(chunks));
}

/** What carriers have put into volumes of files, each volume's last; others of a carrier have only an owner. */
export function loadsIn({ resources }: Checkpoint): StateLoad[] {
  const live = resources.filter((resource) => !resource.delete);
  const carriers = live.filter(isCarrier).toSorted((one, other) => madeAt(other) - madeAt(one));
  return live
    .filter(({ type, inputs }) => type === volumeType && ownerOf(inputs).role === "files")
    .flatMap((volume) => {
      const [last] = carriers.flatMap((carrier) =>
        mountsOf(carrier)
          .filter(({ source }) => source === volume.id)
          .map(({ target }) => ({ carrier, volume, target: String(target) })),
      );
      return last === undefined ? [] : [last];
    });
}

/** One without uploads has its files from its image, which gives them once. */
function isCarrier({ type, inputs }: StateResource): boolean {
  return type === containerType && ownerOf(inputs).role === "files" && inputs?.uploads !== undefined;
}

function madeAt({ created = "" }: StateResource): number {
  return Date.parse(created) || 0;
}

function mountsOf({ inputs }: StateResource): Record<string, unknown>[] {
  return Array.isArray(inputs?.mounts) ? inputs.mounts.filter(isMap) : [];
}

/** As a shell takes it, whatever it holds. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
