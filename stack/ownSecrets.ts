import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../components/containers/generatedSecret.ts";
import type { Scope } from "../components/containers/scope.ts";
import { variables, type Linkable } from "../services/application/link.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { generatedName } from "../settings/secrets.ts";

interface Around {
  scope: Pick<Scope, "protectData">;
  /** Of what belongs to a service, or to the whole system. */
  optsOf: (service: string | undefined) => pulumi.ComponentResourceOptions;
}

/** Secrets that applications have beside those of their links: a system's, and their owner's. */
export class OwnSecrets {
  readonly #made = new Map<string, pulumi.Output<string>>();

  constructor(private readonly around: Around) {}

  /** Those that a system's definition has made for a service. */
  ofSystem(service: string, generated: Readonly<Record<string, { length: number }>>): Linkable[] {
    return linkOf(
      Object.entries(generated).map(([variable, { length }]) => [
        variable,
        this.#generated(generatedName(service, variable), service, length),
      ]),
    );
  }

  /** Those that settings name; one of the system's variable takes its place. */
  ofOwner({ name: service, secrets = {} }: Pick<ServiceSettings, "name" | "secrets">): Linkable[] {
    return linkOf(
      Object.entries(secrets).map(([variable, secret]) => {
        if ("value" in secret) return [variable, pulumi.secret(secret.value)];
        const { generated } = secret;
        const own = generated === generatedName(service, variable) ? service : undefined;
        return [variable, this.#generated(generated, own, ownLength)];
      }),
    );
  }

  /** The same secret for all that name it, a job and the service alike. */
  #generated(name: string, service: string | undefined, length: number): pulumi.Output<string> {
    const { scope, optsOf } = this.around;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const options = { length, protect: scope.protectData };
    const { value } = new GeneratedSecret(name, options, optsOf(service));
    this.#made.set(name, value);
    return value;
  }
}

/** Letters and digits; Django's check of production wants 50 (django.core.checks, security.W009). */
const ownLength = 64;

function linkOf(secrets: [variable: string, value: pulumi.Output<string>][]): Linkable[] {
  return secrets.length === 0 ? [] : [variables({ secrets: Object.fromEntries(secrets) })];
}
