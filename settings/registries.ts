import * as z from "zod";
import { rule, text } from "../lib/rules.ts";
import { secret } from "../lib/secret.ts";
import { strict } from "../lib/strict.ts";
import type { GivenLogins } from "../lib/logins.ts";
import { dockerHub, parseReference, registryHost } from "../lib/reference.ts";
import { isMap } from "./beside.ts";

const host = rule(
  "must be a registry as images name it, such as ghcr.io, docker.io or registry.example:5000",
  (value): value is string =>
    typeof value === "string" &&
    /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::\d{1,5})?$/i.test(value) &&
    /[.:]|^localhost$/.test(value),
);

function map(words: string) {
  return rule(words, isMap);
}

/** A login for each registry. */
export const registriesSchema = map("must be a map such as { ghcr.io: { username: …, password: … } }").pipe(
  z.record(
    host,
    map("must be a map such as { username: …, password: … }").pipe(
      strict({ username: text, password: secret(text) }),
    ),
  ),
);

export const registrySchema = map("must be a map such as { mirror: registry.example:5000 }").pipe(
  strict({ mirror: text.optional(), username: text.optional(), password: secret(text.optional()) }),
);

interface Written {
  registry: z.infer<typeof registrySchema>;
  registries: z.infer<typeof registriesSchema>;
  /** Images that settings name. */
  images: Readonly<Record<string, unknown>>;
}

/** What to log in with at each registry; one login without a registry is the mirror's, else that of the images named. */
export function loginsIn({ registry, registries, images }: Written): GivenLogins {
  const named = Object.fromEntries(
    Object.entries(registries).map(([key, login]) => [registryHost(key), login]),
  );
  const { username, password } = registry;
  if (username === undefined || password === undefined) return named;
  const [only = dockerHub] = hostsMeant(registry, images);
  return { [only]: { username, password }, ...named };
}

/** What is wrong with a login that doesn't say whose it is, path → rule. */
export function registryProblems({
  registry,
  images,
}: Record<string, unknown>): [path: string[], rule: string][] {
  if (!isMap(registry)) return [];
  const { mirror, username, password } = registry;
  if ((username === undefined) !== (password === undefined)) {
    const missing = username === undefined ? "username" : "password";
    return [[["registry", missing], "must be there where the other of username and password is"]];
  }
  if (username === undefined) return [];
  const hosts = hostsMeant(
    { mirror: typeof mirror === "string" ? mirror : undefined },
    isMap(images) ? images : {},
  );
  if (hosts.length < 2) return [];
  const words = `must say whose it is, as images are from ${hosts.join(", ")}; write registries: { ${hosts[0]}: { username: …, password: … } }`;
  return [[["registry", "username"], words]];
}

/** Registries for which a login may be meant; what the system's own images come from is open to everybody. */
function hostsMeant({ mirror }: { mirror?: string }, images: Readonly<Record<string, unknown>>): string[] {
  if (mirror !== undefined) return [registryHost(mirror)];
  const named = Object.values(images).flatMap((image) =>
    typeof image === "string" ? [parseReference(image).registry] : [],
  );
  const closed = new Set(named.filter((registry) => registry !== dockerHub));
  return closed.size > 0 ? [...closed] : [dockerHub];
}
