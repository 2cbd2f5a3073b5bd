import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { applicationDefaults } from "../services/application/definition.ts";
import { siteDefaults } from "../services/site/definition.ts";
import { isMap } from "./beside.ts";

/** What `override` says of a service that matters to an image of somebody's own. */
interface Override {
  user?: string;
  port?: number;
  health?: string;
  healthCommand?: string[];
  root?: boolean;
  process?: "system" | "image";
}

/** Of Berth's own recipes: what a system runs that names no image. */
const standIns: readonly string[] = [applicationDefaults.image, siteDefaults.image];

/**
 * The part of a service's settings that an image of its owner's decides or is let do. Where the system's file names an
 * image of its owner's too (`defined`), what settings name is a release of it, for which the file says everything, but for
 * a user that may be root: nothing of that is the image's to decide.
 */
export function ownKeys(
  image: unknown,
  { user, port, health, healthCommand, root, process: wanted }: Override,
  { image: defined }: { image: string },
): Pick<ServiceSettings, "candidate" | "root" | "process"> {
  const release = image !== undefined && wanted !== "image" && !standIns.includes(defined);
  const process = wanted ?? (release ? "system" : undefined);
  const named = { user: user !== undefined, port: port !== undefined };
  const candidate = { ...named, health: health !== undefined || healthCommand !== undefined };
  return {
    ...(image !== undefined && (!release || root === true) && { candidate }),
    ...(root !== undefined && { root }),
    ...(process !== undefined && { process }),
  };
}

export function isApplication({ services }: SystemDefinition, name: string): boolean {
  return services[name]?.phase === "application";
}

const keys = ["root", "process"] as const;

/** What only an image of somebody's own can be told, and there is none: path → rule. */
export function ownKeyProblems(
  { images, override }: { images: unknown; override: unknown },
  system: SystemDefinition,
): [path: string[], rule: string][] {
  const named = isMap(images) ? images : {};
  return Object.entries(isMap(override) ? override : {}).flatMap(([name, given]) => {
    if (!isMap(given) || (isApplication(system, name) && named[name] !== undefined)) return [];
    const rule = isApplication(system, name)
      ? `must come with an image of your own in images.${name}`
      : "must be left out: only an application runs an image of your own as it is";
    return keys
      .filter((key) => given[key] !== undefined)
      .map((key): [string[], string] => [["override", name, key], rule]);
  });
}
