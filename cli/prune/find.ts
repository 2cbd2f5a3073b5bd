import type Docker from "dockerode";
import { openDockers } from "../docker/machines.ts";
import { engineInfo } from "../docker/open.ts";
import { backendOf } from "../home.ts";
import { checkSettings } from "../preflight/settings.ts";
import { Refusal } from "../refusal.ts";
import { checkpointOf, type Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import { runsOf, stacksIn } from "./history.ts";
import { neededFor, oldImages, type OldImage } from "./images.ts";

export interface Found extends OldImage {
  docker: Docker;
  /** Its host name. */
  machine: string;
}

/**
 * A stack's old images on each of its machines. What another stack of the same state needs for a way back isn't old
 * either. Throws {@link Refusal}.
 */
export async function findOld(session: Session, releases: number): Promise<Found[]> {
  const { home, stack } = session;
  const folder = historyIn(backendOf(home));
  const { settings, problems } = await checkSettings(stack, { ended: true });
  if (settings === undefined) throw new Refusal(problems);
  const wanted = new Set(Object.values(settings.services).map(({ image }) => image));
  const runs = await runsOf(folder, stack.name);
  const needed = neededFor(runs, releases);
  for (const other of (await stacksIn(folder)).filter((name) => name !== stack.name))
    for (const id of neededFor(await runsOf(folder, other), releases)) needed.add(id);
  const dockers = await openDockers(stack.config, await checkpointOf(session));
  const all = await Promise.all(
    dockers.map(async (docker) => {
      const [{ Name: machine }, images, containers] = await Promise.all([
        engineInfo(docker),
        docker.listImages(),
        docker.listContainers({ all: true }),
      ]);
      const old = oldImages(runs, { images, containers }, needed, wanted);
      return old.map((image) => ({ ...image, docker, machine }));
    }),
  );
  return all.flat();
}

/** Other backends give no states of past runs. */
export function historyIn(backend: string): string {
  const folder = folderOf(backend);
  if (folder !== undefined) return folder;
  throw new Refusal([
    `prune: must be a stack whose state is in a folder, where its history says which images are its own, got "${backend.replace(/[?].*$/s, "")}"; docker image prune --all removes what no container uses`,
  ]);
}
