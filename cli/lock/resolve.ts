import { loginsFor } from "../../toolchain/images/auth.ts";
import { limit } from "../../toolchain/images/limit.ts";
import { mirrorNames, parseReference } from "../../lib/reference.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { RegistryClient } from "../../toolchain/registry/client.ts";
import { ask } from "../../toolchain/registry/http.ts";
import type { Locked } from "../../toolchain/registry/lockFile.ts";
import { Refusal, reasonOf } from "../refusal.ts";
import type { Wanted } from "./images.ts";

export interface ResolveArgs {
  /** What is locked already: a digest that stays needs no second look. */
  locked: Locked;
  /** Such as `linux/amd64`. */
  platform: string;
  /** What is locked stays as it is, and isn't asked for. @default false */
  keep?: boolean;
  progress: Progress;
}

/** What every tag means now, of its registry or else of the mirror; with `keep` what it is locked to. Throws {@link Refusal} with all that can't be known. */
export async function resolveAll(wanted: readonly Wanted[], args: ResolveArgs): Promise<Locked> {
  const several = limit(8);
  const lookups = new Map<string, Promise<string>>();
  for (const { names, mirror, logins } of wanted) {
    const client = new RegistryClient(ask, loginsFor(logins));
    for (const name of names) {
      if (!lookups.has(name))
        lookups.set(
          name,
          several(() => resolve(name, { ...args, client, mirror })),
        );
    }
  }
  const results = await Promise.allSettled(lookups.values());
  const names = [...lookups.keys()];
  const problems = results.flatMap((result, index) =>
    result.status === "rejected"
      ? [`images: "${names[index]}" must have a digest, ${reasonOf(result.reason)}`]
      : [],
  );
  if (problems.length > 0) throw new Refusal(problems);
  return new Map(await Promise.all([...lookups].map(async ([name, found]) => [name, await found] as const)));
}

interface One extends ResolveArgs {
  client: RegistryClient;
  mirror: string | undefined;
}

async function resolve(name: string, args: One): Promise<string> {
  const { locked, platform, keep = false, progress, client, mirror } = args;
  const kept = keep ? locked.get(name) : undefined;
  if (kept !== undefined) return kept;
  const step = progress.step(`image ${name}`);
  const places = [name, ...(mirror === undefined ? [] : mirrorNames(parseReference(name), mirror))];
  const reasons: string[] = [];
  for (const place of places.map(parseReference)) {
    try {
      step.note(`asking ${place.registry}`);
      const digest = await client.digestOf(place);
      if (locked.get(name) === digest) {
        step.skip("locked");
        return digest;
      }
      await client.checkPlatform(place, digest, platform);
      step.done(digest);
      return digest;
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  const whole = reasons.join("; ");
  step.fail(whole);
  throw new Error(whole);
}
