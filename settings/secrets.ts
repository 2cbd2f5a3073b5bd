import * as z from "zod";
import { rule, text } from "../lib/rules.ts";
import type { OwnSecret } from "../services/application/serviceSettings.ts";
import type { SystemDefinition } from "../systems/define.ts";
import { isApplication } from "./ownKeys.ts";

type Texts = Readonly<Record<string, string>>;

/** Secrets of single services by the service's name, and those of every application by their own. */
export type GivenSecrets = Readonly<Record<string, string | Texts | undefined>>;

/** In the place of a secret: one that nobody has to know is made by the engine. */
const generate = "generate";

const variable = /^[A-Z_][A-Z0-9_]*$/;
const variableWords = 'of capitals, digits and underscores such as "API_KEY"';

const ofService = z.record(
  rule(`must be a variable name ${variableWords}`, (name): name is string => isVariable(name)),
  text,
  { error: 'must be a map such as { API_KEY: "…" }' },
);

/** `secrets` of a system: only what runs an application's image is handed any. */
export function secretsSchema(system: SystemDefinition) {
  const applications = applicationsOf(system);
  const key = rule(
    `must be one of ${applications.join(", ")}, or a variable name ${variableWords}, for all of them`,
    (name): name is string => isVariable(name) || applications.includes(name as string),
  );
  const all = z.record(key, z.unknown(), { error: 'must be a map such as { backend: { API_KEY: "…" } }' });
  return all.transform((given, context): GivenSecrets => {
    const checked = Object.entries(given).map(([name, value]) => {
      const result = (applications.includes(name) ? ofService : text).safeParse(value);
      for (const issue of result.error?.issues ?? [])
        context.issues.push({ ...issue, path: [name, ...issue.path] } as (typeof context.issues)[number]);
      return [name, result.data];
    });
    return Object.fromEntries(checked) as GivenSecrets;
  });
}

/** What is wrong with them beside the variables of the same services: path and rule. */
export function secretProblems(
  {
    secrets,
    environment,
  }: { secrets: GivenSecrets; environment: Readonly<Record<string, Texts | undefined>> },
  { system }: { system: SystemDefinition },
): [path: string[], rule: string][] {
  return applicationsOf(system).flatMap((service) =>
    Object.keys(environment[service] ?? {}).flatMap((name): [string[], string][] => {
      // A secret is a file by its variable's name in small letters.
      const own = Object.keys(textsOf(secrets, service)).find((each) => each === name.toUpperCase());
      if (own === undefined) return [];
      return [[["environment", service, name], `must be left out: ${own} is in secrets already`]];
    }),
  );
}

/** What one application is handed of them. A generated one has a name by which all that share it find the same. */
export function ownSecrets(secrets: GivenSecrets, service: string): Record<string, OwnSecret> {
  const own = secrets[service];
  return Object.fromEntries(
    Object.entries(textsOf(secrets, service)).map(([name, value]): [string, OwnSecret] => {
      if (value !== generate) return [name, { value }];
      const isOwn = typeof own === "object" && name in own;
      return [name, { generated: generatedName(isOwn ? service : undefined, name) }];
    }),
  );
}

/** What the engine calls a generated secret of one service, or of all. */
export function generatedName(service: string | undefined, variableName: string): string {
  return `${service ?? "all"}-${variableName.toLowerCase().replaceAll("_", "-")}`;
}

function textsOf(secrets: GivenSecrets, service: string): Texts {
  const shared = Object.entries(secrets).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  const own = secrets[service];
  return { ...Object.fromEntries(shared), ...(typeof own === "object" && own) };
}

function applicationsOf(system: SystemDefinition): string[] {
  return Object.keys(system.services).filter((name) => isApplication(system, name));
}

function isVariable(name: unknown): boolean {
  return typeof name === "string" && variable.test(name);
}
