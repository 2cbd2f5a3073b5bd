import type Docker from "dockerode";
import { isMap, isNode, isScalar, visit, type Document } from "yaml";
import { parseReference } from "../../lib/reference.ts";
import { isReleaseImage, releaseImage } from "../../lib/releaseImage.ts";
import { digestFor, readLock, type Locked } from "../../toolchain/registry/lockFile.ts";
import { keyIn, override } from "../stackFile/overrides.ts";
import { documentOf, textOf } from "../stackFile/written.ts";
import type { Kept } from "./kept.ts";
import type { Images } from "./releases.ts";

/**
 * Application → what its image is called for good: by digest where it came from a registry, which every machine
 * understands that has it, best that of the repository that settings name; else by a tag of its own, because the one it
 * was built under may mean another by now. An image that was sent has its digests on `here`, where it came from.
 */
export async function pinsFor(
  kept: readonly Pick<Kept, "service" | "sought" | "image">[],
  settings: Images,
  here: Docker,
): Promise<Record<string, string>> {
  const pins = kept.map(async ({ service, sought, image }) => {
    if (sought.includes("@")) return [service, sought] as const;
    const there = digestsOf(image);
    const digests = there.length > 0 ? there : await digestsOn(here, image.Id);
    const wanted = repositoryOf(settings[service] ?? "");
    const digest = digests.find((name) => repositoryOf(name) === wanted) ?? digests[0];
    return [service, digest ?? releaseImage(service, image.Id)] as const;
  });
  return Object.fromEntries(await Promise.all(pins));
}

/** Old engines say null where there is none, whatever the types say. */
function digestsOf({ RepoDigests }: Pick<Kept["image"], "RepoDigests">): string[] {
  return ((RepoDigests as string[] | null) ?? []).filter((name) => !name.startsWith("<none>"));
}

/** By an id that is the digest itself an engine names what no registry has, too. */
async function digestsOn(docker: Docker, id: string): Promise<string[]> {
  const image = await docker
    .getImage(id)
    .inspect()
    .catch(() => undefined);
  return image === undefined ? [] : digestsOf(image).filter((name) => !name.endsWith(`@${id}`));
}

function repositoryOf(reference: string): string {
  const { registry, repository } = parseReference(reference);
  return `${registry}/${repository}`;
}

/** Of images those that settings may mean others for: a tag means what `here` has under it. */
export async function unnamed(
  kept: readonly Kept[],
  settings: Images,
  here: Docker,
  locked: Locked = readLock(),
): Promise<Kept[]> {
  const known = await Promise.all(
    kept.map(async ({ service, sought, image }) => {
      const reference = settings[service] ?? "";
      if (isReleaseImage(reference)) return reference === releaseImage(service, image.Id);
      const digest = digestFor(reference, locked);
      if (digest !== undefined)
        return [sought, ...digestsOf(image)].some((name) => name.endsWith(`@${digest}`));
      const found = await here
        .getImage(reference)
        .inspect()
        .catch(() => undefined);
      return found?.Id === image.Id;
    }),
  );
  return kept.filter((_, index) => known[index] !== true);
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

/**
 * A stack file's text with these images, each with a remark why, behind what a person remarked there; all else stays as
 * written. Throws a `Refusal`.
 */
export function withPins(text: string, name: string, pins: Images, remark: string): string {
  const document = documentOf(text, name);
  for (const [service, value] of Object.entries(pins)) {
    const before = formerIn(document, service);
    const remarks = [...remarksIn(document, service), `${remark}${before}`];
    override(document, { path: ["images", service], value }, {}, name);
    const images: unknown = document.getIn(placeIn(document), true);
    if (!isMap(images)) continue;
    // A remark ends its line, which a map on one line has no room for.
    images.flow = false;
    const node: unknown = images.get(service, true);
    if (isScalar(node)) node.comment = ` ${remarks.join("; ")}`;
  }
  return textOf(document);
}

function placeIn(document: Document): string[] {
  return ["config", keyIn(document, "images")];
}

/** What a person wrote beside a service's image, a line each. */
function remarksIn(document: Document, service: string): string[] {
  const images: unknown = document.getIn(placeIn(document), true);
  const node: unknown = isMap(images) ? images.get(service, true) : undefined;
  const found: string[] = [];
  if (isNode(node))
    visit(node, {
      Node(_, { commentBefore, comment }) {
        found.push(...[commentBefore, comment].flatMap((text) => text?.split("\n") ?? []));
      },
    });
  return found.map((line) => line.trim()).filter((line) => line !== "");
}

/** What the file had a service run; nothing where that is JSON in a text, as `pulumi config set` writes it. */
function formerIn(document: Document, service: string): string {
  const images: unknown = document.getIn(placeIn(document), true);
  const node: unknown = isMap(images) ? images.get(service, true) : images;
  if (node === undefined) return ", instead of the system's own";
  if (!isMap(images)) return "";
  return `, instead of ${isScalar(node) ? String(node.value) : JSON.stringify(node)}`;
}
