import type Docker from "dockerode";
import type { Service } from "dockerode";
import { stackDockers } from "../docker/machines.ts";
import { engineInfo } from "../docker/open.ts";
import { swarmServices } from "../docker/swarm.ts";
import { checkSettings } from "../preflight/settings.ts";
import { Refusal } from "../refusal.ts";
import { recordedStacks } from "../rollback/history.ts";
import { checkpointOf, type Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import { placeOf } from "../state/unreachable.ts";
import { ranIn, runsOf, type PastRun } from "./history.ts";
import { neededFor, oldImages, type OldImage } from "./images.ts";
import { namedImages, type Named } from "./named.ts";

export interface Found extends OldImage {
  docker: Docker;
  /** Its host name. */
  machine: string;
}

/**
 * A stack's old images on each of its machines, by the history in a folder. What another stack of the same state needs for a way back isn't old
 * either. Throws {@link Refusal}.
 */
export async function findOld(session: Session, folder: string, releases: number): Promise<Found[]> {
  const { stack } = session;
  const { settings, problems } = await checkSettings(stack, { ended: true });
  if (settings === undefined) throw new Refusal(problems);
  const named = await namedImages(settings);
  const checkpoint = await checkpointOf(session);
  const runs = await runsOf(folder, stack.name);
  const needed = neededFor(runs, checkpoint ? ranIn(checkpoint, stack.name) : [], releases);
  for (const id of await neededByOthers(folder, stack.name, releases)) needed.add(id);
  // None where a cloud's machine is gone or still to come: this one may have images of the same ids, and they are others'.
  const dockers = (await stackDockers(stack.config, checkpoint)) ?? [];
  const spread =
    dockers[0] === undefined ? new Set<string>() : imagesOfServices(await swarmServices(dockers[0]));
  const all = await Promise.all(dockers.map((docker) => oldOn(docker, { runs, needed, named, spread })));
  return all.flat();
}

/** What services run, whoever's they are, and what they go back to where a release of them fails. */
export function imagesOfServices(services: readonly Service[]): Set<string> {
  const specs = services.flatMap(({ Spec, PreviousSpec }) => [Spec, PreviousSpec]);
  return new Set(
    specs.flatMap((spec) => {
      const { ContainerSpec } = (spec?.TaskTemplate ?? {}) as { ContainerSpec?: { Image?: string } };
      return ContainerSpec?.Image ?? [];
    }),
  );
}

async function neededByOthers(folder: string, stack: string, releases: number): Promise<string[]> {
  const needed: string[] = [];
  for (const other of await recordedStacks(folder)) {
    if (other === stack) continue;
    const runs = await runsOf(folder, other);
    needed.push(...neededFor(runs, runs.at(-1)?.ran ?? [], releases));
  }
  return needed;
}

interface Old {
  runs: readonly PastRun[];
  needed: ReadonlySet<string>;
  named: Named;
  spread: ReadonlySet<string>;
}

async function oldOn(docker: Docker, { runs, needed, named, spread }: Old): Promise<Found[]> {
  const [{ Name: machine }, images, containers] = await Promise.all([
    engineInfo(docker),
    docker.listImages(),
    docker.listContainers({ all: true }),
  ]);
  return oldImages(runs, { images, containers, spread }, needed, named).map((image) => ({
    ...image,
    docker,
    machine,
  }));
}

/** Other backends give no states of past runs. */
export function historyIn(backend: string): string {
  const folder = folderOf(backend);
  if (folder !== undefined) return folder;
  throw new Refusal([
    `prune: must be a stack whose state is in a folder, where its history says which images are its own, got "${placeOf(backend)}"; docker image prune --all removes what no container uses`,
  ]);
}
