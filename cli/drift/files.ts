import type Docker from "dockerode";
import { filesIn, type ArchivedFile } from "../docker/archive.ts";
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
import { unlessGone } from "../docker/gone.ts";

interface StateLoad extends Load {
  carrier: StateResource;
  volume: StateResource;
}

/** Files in volumes that aren't what the last run put there, read by whichever container has the volume. */
export async function editedFiles(
  docker: Docker,
  checkpoint: Checkpoint,
  { containers }: Owned,
): Promise<Changed[]> {
  const mounts = containers.flatMap(({ Id, Mounts }) => Mounts.map((mount) => ({ ...mount, Id })));
  const found = await Promise.all(
    loadsIn(checkpoint).map(async (load): Promise<Changed[]> => {
      const { carrier, volume } = load;
      const holders = mounts.filter(({ Name }) => Name === volume.id);
      // It never runs, and so nothing happens to it meanwhile.
      const holder = holders.find(({ Id }) => Id === carrier.id) ?? holders[0];
      const files = holder && (await read(docker, holder.Id, holder.Destination).catch(unlessGone));
      // Without its carrier nobody knows since when they are as they are.
      const filled = containers.find(({ Id }) => Id === carrier.id)?.Created ?? Infinity;
      if (files === undefined) return [];
      const { changes, added } = editedIn(load, files, filled);
      return [
        ...(changes.length === 0 ? [] : [{ resource: volume, what: changes.join(", ") }]),
        ...added.map((name) => ({
          resource: volume,
          what: `${name} was added`,
          byHand: `docker run --rm -v ${volume.id}:/files ${filesImage} rm ${quoted(`/files/${name}`)}`,
        })),
      ];
    }),
  );
  return found.flat();
}

async function read(docker: Docker, container: string, path: string): Promise<ArchivedFile[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of await docker.getContainer(container).getArchive({ path }))
    chunks.push(Buffer.from(chunk));
  return filesIn(Buffer.concat(chunks));
}

/** What carriers have put into volumes of files; others of a carrier have only an owner. */
export function loadsIn({ resources }: Checkpoint): StateLoad[] {
  const live = resources.filter((resource) => !resource.delete);
  const volumes = new Map(
    live
      .filter(({ type, inputs }) => type === volumeType && ownerOf(inputs).role === "files")
      .map((volume) => [volume.id, volume]),
  );
  return live.flatMap((carrier) => {
    const { inputs, type } = carrier;
    const isCarrier = type === containerType && ownerOf(inputs).role === "files";
    const mounts = isCarrier && Array.isArray(inputs?.mounts) ? inputs.mounts.filter(isMap) : [];
    return mounts.flatMap(({ source, target }) => {
      const volume = volumes.get(String(source));
      return volume === undefined ? [] : [{ carrier, volume, target: String(target) }];
    });
  });
}

/** As a shell takes it, whatever it holds. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
