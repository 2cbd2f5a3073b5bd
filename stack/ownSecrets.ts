import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../components/containers/generatedSecret.ts";
import type { Scope } from "../components/containers/scope.ts";
import { variables, type Linkable } from "../services/application/link.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { generatedName } from "../settings/secrets.ts";

interface Around {
  scope: Pick<Scope, "protectData" | "rotate">;
  /** Of what belongs to a service, or to the whole system. */
  optsOf: (service: string | undefined) => pulumi.ComponentResourceOptions;
}

/** Secrets that applications have beside those of their links: a system's, and their owner's. */
export class OwnSecrets {
  readonly #made = new Map<string, GeneratedSecret>();

  constructor(private readonly around: Around) {}

  /** Those that a system's definition has made for a service. */
  ofSystem(service: string, generated: Readonly<Record<string, { length: number }>>): Linkable[] {
    return linkOf(
      Object.entries(generated).flatMap(([variable, { length }]) =>
        asVariables(variable, this.#generated(generatedName(service, variable), service, length)),
      ),
    );
  }

  /** Those that settings name; one of the system's variable takes its place. */
  ofOwner({ name: service, secrets = {} }: Pick<ServiceSettings, "name" | "secrets">): Linkable[] {
    return linkOf(
      Object.entries(secrets).flatMap(([variable, secret]): Variable[] => {
        if ("stored" in secret) throw new Error(`${secret.key}: must be read before the stack is built`);
        if ("value" in secret) return [[variable, pulumi.secret(secret.value)]];
        const { generated } = secret;
        const own = generated === generatedName(service, variable) ? service : undefined;
        return asVariables(variable, this.#generated(generated, own, ownLength));
      }),
    );
  }

  /** The same secret for all that name it, a job and the service alike. */
  #generated(name: string, service: string | undefined, length: number): GeneratedSecret {
    const { scope, optsOf } = this.around;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const options = { length, protect: scope.protectData, counter: scope.rotate?.[name] };
    const secret = new GeneratedSecret(name, options, optsOf(service));
    this.#made.set(name, secret);
    return secret;
  }
}

/** Letters and digits; Django's check of production wants 50 (django.core.checks, security.W009). */
const ownLength = 64;

type Variable = [variable: string, value: pulumi.Output<string>];

/**
 * Django still takes what the keys before this one signed, so nobody is logged out
 * (https://docs.djangoproject.com/en/5.2/ref/settings/#secret-key-fallbacks). Another's former value is gone.
 */
function asVariables(variable: string, { value, former }: GeneratedSecret): Variable[] {
  const [before] = former;
  const kept = variable === "SECRET_KEY" && before !== undefined;
  return [[variable, value], ...(kept ? [["SECRET_KEY_FALLBACKS", before] as Variable] : [])];
}

function linkOf(secrets: Variable[]): Linkable[] {
  return secrets.length === 0 ? [] : [variables({ secrets: Object.fromEntries(secrets) })];
}
