import * as z from "zod";
import { oneOf, rule, text } from "../lib/rules.ts";
import { strict } from "../lib/strict.ts";
import type { OwnSecret, StoredSecret } from "../services/application/serviceSettings.ts";

/** What the stores are called in messages. */
export const storeNames: Readonly<Record<StoredSecret["store"], string>> = {
  aws: "AWS Secrets Manager",
  google: "Google Secret Manager",
};

/** A region of AWS, and a project of Google, which may be one of a domain: `example.org:acme`. Never `..`. */
const region = "[a-z]{2,4}(?:-[a-z]+)+-\\d";
const project = "[a-z0-9][a-z0-9.:-]{2,62}";

/** What each store takes as a name (docs.aws.amazon.com/secretsmanager CreateSecret; cloud.google.com/secret-manager). */
const names = {
  aws: {
    form: new RegExp(
      `^[\\w/+=.@-]{1,512}$|^arn:aws[\\w-]*:secretsmanager:${region}:\\d{12}:secret:[\\w/+=.@-]+$`,
    ),
    words: 'must be a name or an ARN in AWS Secrets Manager, such as "prod/stripe"',
  },
  google: {
    form: new RegExp(`^[\\w-]{1,255}$|^projects/${project}/secrets/[\\w-]{1,255}$`),
    words:
      'must be a name in Google Secret Manager, such as "stripe" or "projects/my-project-1/secrets/stripe"',
  },
};

/** A version is fixed: what moves on by itself, such as a label, is what no version means. */
const versions = {
  aws: {
    form: /^[A-Za-z0-9-]{32,64}$/,
    words: "must be a version's id of 32 to 64 letters, digits and hyphens, as AWS Secrets Manager lists it",
  },
  google: { form: /^[1-9]\d{0,9}$/, words: 'must be a version\'s number, such as "3"' },
};

/** Where a secret is kept. */
export const storedSchema = strict({
  store: oneOf(["aws", "google"]).describe(
    "What keeps it: `aws` for AWS Secrets Manager, `google` for Google Secret Manager",
  ),
  name: text.describe("Its name there; of `aws` an ARN too, of `google` `projects/…/secrets/…`"),
  property: text
    .optional()
    .describe("Which property of a value that is a JSON object; the whole value unless set"),
  version: text
    .optional()
    .describe("The version to stay at, an id of `aws` or a number of `google`; the newest unless set"),
  region: rule(
    'must be a region such as "eu-central-1"',
    (value): value is string => typeof value === "string" && new RegExp(`^${region}$`).test(value),
  )
    .optional()
    .describe("Of `aws`: where it is kept; an ARN's own, then what AWS's SDKs find, such as `AWS_REGION`"),
  project: rule(
    'must be a project id or number such as "my-project-1"',
    (value): value is string => typeof value === "string" && new RegExp(`^${project}$`).test(value),
  )
    .optional()
    .describe("Of `google`: the project it is in; the credentials' own unless set"),
}).superRefine((given, context) => {
  const { store, name, version } = given;
  const refuse = (key: string, message: string) => {
    context.addIssue({ code: "custom", path: [key], message });
  };
  const found = names[store];
  if (!found.form.test(name)) refuse("name", found.words);
  if (version !== undefined && !versions[store].form.test(version)) refuse("version", versions[store].words);
  if (store === "google" && given.region !== undefined)
    refuse("region", "must be left out: only aws has regions");
  const own = regionIn(name);
  if (store === "aws" && given.region !== undefined && own !== undefined && own !== given.region)
    refuse("region", `must be left out, or ${own} as in name's ARN`);
  if (store === "aws" && given.project !== undefined)
    refuse("project", "must be left out: only google has projects");
  if (given.project !== undefined && name.includes("/"))
    refuse("project", "must be left out: name says the project already");
}) as z.ZodType<StoredSecret> & { shape: Record<keyof StoredSecret, z.ZodType> };

/** `arn:aws:secretsmanager:<region>:<account>:secret:<name>`; nothing of a name alone. */
export function regionIn(name: string): string | undefined {
  return name.startsWith("arn:") ? name.split(":")[3] : undefined;
}

/** `AWS Secrets Manager (prod/stripe)`: where to look for it. */
export function placeOf({ store, name }: StoredSecret): string {
  return `${storeNames[store]} (${name})`;
}

type OwnSecrets = Readonly<Record<string, OwnSecret>>;

/** What is handed to each service. */
interface Handed {
  services: Readonly<Record<string, { secrets?: OwnSecrets }>>;
}

export interface Stored {
  /** Its setting, such as `secrets.backend.API_KEY`. */
  key: string;
  stored: StoredSecret;
}

/** Those of a stack's secrets that a store keeps, once a setting. */
export function storedIn({ services }: Handed): Stored[] {
  return storedAmong(Object.values(services).map(({ secrets = {} }) => secrets));
}

function storedAmong(handed: readonly OwnSecrets[]): Stored[] {
  const all = handed.flatMap((secrets) =>
    Object.values(secrets).flatMap((secret) => ("stored" in secret ? [secret] : [])),
  );
  return [...new Map(all.map((one) => [one.key, one])).values()];
}

/** Why the engine can't give a secret another value, by the name that it would have if it could. */
export function notRotated(handed: readonly OwnSecrets[]): Record<string, string> {
  return Object.fromEntries(
    storedAmong(handed).map(({ key, stored }) => {
      const [, ...path] = key.split(".");
      const name = (path.length === 1 ? ["all", ...path] : path).join("-").toLowerCase().replaceAll("_", "-");
      return [name, `${placeOf(stored)} keeps it; give it another value there and run up`];
    }),
  );
}

/** Why a run has to look whether something has changed; nothing where every secret in a store stays at a version. */
export function movesOn(settings: Handed): string | undefined {
  const moving = storedIn(settings).find(({ stored }) => stored.version === undefined);
  return (
    moving &&
    `${moving.key} is kept in ${storeNames[moving.stored.store]}, which may have another value by now`
  );
}
