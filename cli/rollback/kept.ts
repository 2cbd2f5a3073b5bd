import type Docker from "dockerode";
import type { ImageInspectInfo } from "dockerode";
import { owned, serviceOf } from "../docker/owned.ts";
import { unlessGone } from "../docker/gone.ts";
import { isTask } from "../docker/swarm.ts";
import { Refusal } from "../refusal.ts";
import type { Images } from "./releases.ts";

/** An image that each of a service's machines still has. */
export interface Kept {
  service: string;
  /** As the record has it: its id, or a reference with a digest. */
  sought: string;
  image: ImageInspectInfo;
  dockers: readonly Docker[];
}

/**
 * Images by application, each with whether all machines that run the application have it. One that is `spread` over a
 * swarm may come to run on any of them.
 */
export async function lookForImages(
  dockers: readonly Docker[],
  stack: string,
  images: Images,
  spread: readonly string[] = [],
): Promise<{ kept: Kept[]; gone: string[] }> {
  const running = await Promise.all(
    dockers.map(async (docker) => {
      const { containers } = await owned(docker, stack);
      const services = new Set(containers.filter((one) => !isTask(one)).map(serviceOf));
      return { docker, services, tasks: new Set(containers.filter(isTask).map(serviceOf)) };
    }),
  );
  const isSpread = (service: string) =>
    spread.includes(service) || running.some(({ tasks }) => tasks.has(service));
  const looked = await Promise.all(
    Object.entries(images).map(async ([service, id]) => {
      const here = running.filter(({ services }) => services.has(service)).map(({ docker }) => docker);
      // Where nothing of it is left, it comes back on the stack's own machine.
      const alone = here.length > 0 ? here : dockers.slice(0, 1);
      const machines = isSpread(service) ? dockers : alone;
      const found = await Promise.all(
        machines.map((docker) => docker.getImage(id).inspect().catch(unlessGone)),
      );
      const [image] = found;
      return { service, sought: id, image: found.includes(undefined) ? undefined : image, dockers: machines };
    }),
  );
  return {
    kept: looked.flatMap(({ image, ...rest }) => (image === undefined ? [] : [{ ...rest, image }])),
    gone: looked.flatMap(({ service, image }) => (image === undefined ? [service] : [])),
  };
}

/** Throws {@link Refusal} with every image that is needed and gone. */
export function checkKept(release: number, images: Images, gone: readonly string[]): void {
  if (gone.length === 0) return;
  throw new Refusal(
    gone.map(
      (service) =>
        `rollback: must have the image of ${service} in release ${release} on its machine, got no ${images[service] ?? ""} there; build or pull it again so that its id is the same, or take another release of berth rollback --list`,
    ),
  );
}
