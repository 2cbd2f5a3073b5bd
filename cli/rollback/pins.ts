import type Docker from "dockerode";
import { isMap, isScalar, type Document } from "yaml";
import { isReleaseImage, releaseImage } from "../../lib/releaseImage.ts";
import { override } from "../stackFile/overrides.ts";
import { documentOf, textOf } from "../stackFile/written.ts";
import type { Kept } from "./kept.ts";
import type { Images } from "./releases.ts";

/**
 * Application → what its image is called for good: by digest where it came from a registry, which every machine
 * understands that has it; else by a tag of its own, because the one it was built under may mean another by now.
 */
export function pinsFor(kept: readonly Pick<Kept, "service" | "image">[]): Record<string, string> {
  return Object.fromEntries(
    kept.map(({ service, image }) => {
      // Old engines say null where there is none, whatever the types say.
      const digests = image.RepoDigests as string[] | null;
      const digest = digests?.find((name) => !name.startsWith("<none>"));
      return [service, digest ?? releaseImage(service, image.Id)];
    }),
  );
}

/**
 * Gives images the tags that their pins are, where they need one: on their machines, and on `here`, which a plan asks
 * what an image says of itself.
 */
export async function tagKept(kept: readonly Kept[], pins: Images, here: Docker): Promise<void> {
  await Promise.all(
    kept.flatMap(({ service, image, dockers }) => {
      const pin = pins[service] ?? "";
      if (!isReleaseImage(pin)) return [];
      const [repo = "", tag = ""] = pin.split(":");
      const give = (docker: Docker) => docker.getImage(image.Id).tag({ repo, tag });
      // Another machine's image needn't be here, nor an engine.
      return [...dockers.map(give), give(here).catch(() => undefined)];
    }),
  );
}

/** A stack file's text with these images, each with a remark why; all else stays as written. Throws a `Refusal`. */
export function withPins(text: string, name: string, pins: Images, remark: string): string {
  const document = documentOf(text, name);
  for (const [service, value] of Object.entries(pins)) {
    const before = formerIn(document, service);
    override(document, { path: ["images", service], value }, {});
    const images: unknown = document.getIn(place, true);
    if (!isMap(images)) continue;
    // A remark ends its line, which a map on one line has no room for.
    images.flow = false;
    const node: unknown = images.get(service, true);
    if (isScalar(node)) node.comment = ` ${remark}${before}`;
  }
  return textOf(document);
}

const place = ["config", "berth:images"];

/** What the file had a service run; nothing where that is JSON in a text, as `pulumi config set` writes it. */
function formerIn(document: Document, service: string): string {
  const images: unknown = document.getIn(place, true);
  const node: unknown = isMap(images) ? images.get(service, true) : images;
  if (node === undefined) return ", instead of the system's own";
  if (!isMap(images)) return "";
  return `, instead of ${isScalar(node) ? String(node.value) : JSON.stringify(node)}`;
}
