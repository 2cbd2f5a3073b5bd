import { configValue } from "../../lib/configValue.ts";
import { parseReference } from "../../lib/reference.ts";
import { isMap } from "../overrides.ts";
import { releasesAmong, type Images, type Release } from "./releases.ts";

/**
 * Releases in what `pulumi stack history --json` prints, newest first, of state in a bucket or with Pulumi Cloud: it has
 * the config of each run and not its state. So only images that settings name by digest are known; what a tag meant
 * then, nobody knows now. Throws `SyntaxError` for what isn't JSON.
 */
export function releasesInUpdates(
  text: string,
  isApplication: (service: string) => boolean,
): { releases: Release[]; failed: boolean } {
  const updates: unknown = JSON.parse(text);
  const runs = (Array.isArray(updates) ? updates.filter(isMap) : []).toReversed();
  const all = runs.flatMap((run, index) => {
    const { kind, result, endTime } = run;
    if (kind !== "update" || result !== "succeeded") return [];
    const images = digestsIn(run, isApplication);
    return [{ number: index + 1, began: new Date(String(endTime)), images }];
  });
  const last = runs.findLast(({ kind }) => kind === "update" || kind === "destroy");
  return { releases: releasesAmong(all), failed: last?.kind === "update" && last.result === "failed" };
}

/** Application → reference by digest, as one run's config names it. */
function digestsIn({ config }: Record<string, unknown>, isApplication: (service: string) => boolean): Images {
  const entry = isMap(config) ? config["berth:images"] : undefined;
  const images = isMap(entry) && entry.secret !== true ? configValue(entry.value) : undefined;
  return digestsAmong(images, isApplication);
}

/** The same of images as settings have them. */
export function digestsAmong(images: unknown, isApplication: (service: string) => boolean): Images {
  const named = Object.entries(isMap(images) ? images : {}).flatMap(([service, image]) =>
    isApplication(service) && typeof image === "string" && parseReference(image).digest !== undefined
      ? [[service, image] as const]
      : [],
  );
  return Object.fromEntries(named);
}
