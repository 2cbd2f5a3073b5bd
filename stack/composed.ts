import * as pulumi from "@pulumi/pulumi";
import type { ApplicationArgs } from "../services/application/application.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { filled, references } from "../services/application/template.ts";
import type { HandedNames } from "../services/definition.ts";
import { isSecretTemplate } from "../settings/templates.ts";

type Values = Readonly<Record<string, pulumi.Input<string>>>;

/** `postgres` → `host` becomes `postgres.host`. */
export function named(handed: Readonly<Record<string, Values>>): Values {
  return Object.fromEntries(
    Object.entries(handed).flatMap(([service, parts]) =>
      Object.entries(parts).map(([part, value]) => [`${service}.${part}`, value] as const),
    ),
  );
}

/** A service's variables that are made of others: one that holds a password is a secret. */
export function composed(
  { templates = {}, secretEnvironment }: Pick<ServiceSettings, "templates" | "secretEnvironment">,
  values: Values,
  handed: HandedNames | undefined,
): NonNullable<ApplicationArgs["composed"]> {
  const made = Object.entries(templates).map(([variable, text]) => {
    const used = Object.entries(values).filter(([name]) => mentions(text, name));
    const value = pulumi.all(Object.fromEntries(used)).apply((known) => filled(text, known));
    return { variable, value, secret: isSecretTemplate(text, handed) };
  });
  const plain = made.filter(({ secret }) => !secret);
  return {
    environment: Object.fromEntries(
      plain.map(({ variable, value }) => [variable, secretEnvironment ? pulumi.secret(value) : value]),
    ),
    secrets: Object.fromEntries(
      made.flatMap(({ variable, value, secret }) => (secret ? [[variable, pulumi.secret(value)]] : [])),
    ),
  };
}

/** A host in a URL depends on the ports beside it too. */
function mentions(text: string, name: string): boolean {
  return references(text).some(
    (found) => found.name === name || found.name.replace(/host$/, "port") === name,
  );
}
