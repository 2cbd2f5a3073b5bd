import { endOf, recordsOf, stateAfter, updateIn, wentWell } from "../rollback/history.ts";
import {
  containerType,
  logicalName,
  ownerOf,
  serviceType,
  taskSpecOf,
  type Checkpoint,
} from "../state/checkpoint.ts";

/** A container in a state, jobs and carriers among them, or a swarm's service, and the id of the image that it ran. */
export interface Ran {
  container: string;
  service: string;
  image: string;
}

/** What a run of the engine left, be it Berth's or plain Pulumi's. */
export interface PastRun {
  ended: Date;
  /** Whether it was `up` and went well, so that there is a way back to it. */
  well: boolean;
  ran: readonly Ran[];
}

/**
 * Every run of a stack that can be read, oldest first; one file is read at a time, for each is as large as a state. What
 * can't be read is nothing to go back to either.
 */
export async function runsOf(folder: string, stack: string): Promise<PastRun[]> {
  const runs: PastRun[] = [];
  for (const file of await recordsOf(folder, stack)) {
    const update = await updateIn(file);
    const checkpoint = update && (await stateAfter(file));
    if (checkpoint !== undefined)
      runs.push({ ended: endOf(update ?? {}), well: wentWell(update ?? {}), ran: ranIn(checkpoint, stack) });
  }
  return runs;
}

/** What a state's containers and services run, those that are to go too; the program hands the engine no name but an id. */
export function ranIn({ resources }: Pick<Checkpoint, "resources">, stack: string): Ran[] {
  return resources.flatMap((resource) => {
    const { type, urn, inputs } = resource;
    const { stack: owner, service } = ownerOf(inputs);
    const image = type === serviceType ? taskSpecOf(resource).image : inputs?.image;
    if (![containerType, serviceType].includes(type) || owner !== stack || service === undefined) return [];
    if (typeof image !== "string" || !image.startsWith("sha256:")) return [];
    return [{ container: logicalName(urn), service, image }];
  });
}
