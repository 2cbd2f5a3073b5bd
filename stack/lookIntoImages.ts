import Docker from "dockerode";
import type { Settings } from "../settings.ts";
import { accountsIn } from "../toolchain/images/accountFiles.ts";
import { loginsFor } from "../toolchain/images/auth.ts";
import { imageConfig } from "../toolchain/images/config.ts";
import { reasonOf } from "../toolchain/images/engine.ts";
import { isReleaseImage } from "../lib/releaseImage.ts";
import { isSourceImage } from "../lib/sourceImage.ts";
import { mirrorNames, parseReference, type Reference } from "../lib/reference.ts";
import { RegistryClient } from "../toolchain/registry/client.ts";
import { ask, type Ask } from "../toolchain/registry/http.ts";
import { digestFor } from "../toolchain/registry/lockFile.ts";
import { idHere, type ImageFacts } from "./imagePlan.ts";
import type { FoundImage, LookedUp } from "./ownImage.ts";
import type { LookedImages } from "./ownImages.ts";

/** For all ways together: a plan can do without. */
const seconds = 15;

/** Most images are for it, and what they say of their process is the same for all. */
const platform = "linux/amd64";

interface Ways {
  docker?: Docker;
  ask?: Ask;
}

/**
 * What the images say that settings name, each asked of this machine's Docker Engine where it has it, else of its
 * registry with the login that `berth lock` has. Never rejects: what can't be known says why.
 */
export async function lookIntoImages(
  { services, mirror, logins }: Pick<Settings, "services" | "mirror" | "logins">,
  facts: ImageFacts,
  { docker = new Docker(), ask: question = ask }: Ways = {},
): Promise<LookedImages> {
  const candidates = Object.values(services).filter(({ candidate }) => candidate !== undefined);
  const references = [...new Set(candidates.map(({ image }) => image))];
  const client = new RegistryClient(question, loginsFor(logins));
  const look = (reference: string): Promise<LookedUp> => {
    const id = idHere(reference, facts);
    if (id !== undefined) return here(docker, id);
    if (isSourceImage(reference)) return Promise.resolve({ reason: "it isn't built yet" });
    if (isReleaseImage(reference)) return Promise.resolve({ reason: "only its machine has it" });
    const digest = digestFor(reference, facts.locked);
    const parsed = { ...parseReference(reference), ...(digest !== undefined && { digest }) };
    return fromRegistry(client, parsed, mirror);
  };
  const found = references.map(async (reference) => [reference, await within(look(reference))] as const);
  return new Map(await Promise.all(found));
}

async function here(docker: Docker, id: string): Promise<FoundImage> {
  const { Config } = await docker.getImage(id).inspect();
  const config = imageConfig(Config);
  // A number with its group needs no account.
  if (/^(?:|\d+:\d+)$/.test(config.user)) return { config };
  // What can't be looked up is asked of settings.
  const accounts = await accountsIn(docker, id).catch(() => undefined);
  return { config, ...(accounts && { accounts }) };
}

async function fromRegistry(client: RegistryClient, image: Reference, mirror?: string): Promise<LookedUp> {
  const { digest } = image;
  const copies = mirror === undefined ? [] : mirrorNames(image, mirror).map(parseReference);
  const places = [image, ...copies.map((copy) => ({ ...copy, ...(digest !== undefined && { digest }) }))];
  const reasons: string[] = [];
  for (const place of places) {
    try {
      const { config } = JSON.parse(await client.configOf(place, platform)) as { config?: unknown };
      return { config: imageConfig(config) };
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  return { reason: reasons.join("; ") };
}

/** Its result, or why there is none by now. */
function within(work: Promise<LookedUp>): Promise<LookedUp> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ reason: `no answer in ${seconds} s` });
    }, seconds * 1000);
    void work
      .catch((error: unknown) => ({ reason: reasonOf(error) }))
      .then((looked) => {
        clearTimeout(timer);
        resolve(looked);
      });
  });
}
