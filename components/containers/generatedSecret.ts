import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

export interface GeneratedSecretArgs {
  /** Letters and digits, so that it fits into a URL as it is. @default 40 */
  length?: number;
  /** Change it to get a new value. @default "1" */
  version?: string;
  /** Keep it when everything else is destroyed; for what unlocks data. */
  protect: boolean;
}

/**
 * A password nobody has seen: made by the engine, encrypted in its state, never in a plain output.
 *
 * @example
 * const key = new GeneratedSecret("api-key", { length: 64, protect: true });
 * const login = pulumi.secret({ user: "admin", password: key.value });
 */
export class GeneratedSecret extends pulumi.ComponentResource {
  readonly value: pulumi.Output<string>;

  constructor(name: string, args: GeneratedSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("berth:components:GeneratedSecret", name, {}, opts);
    const password = new random.RandomPassword(
      name,
      { length: args.length ?? 40, special: false, keepers: { version: args.version ?? "1" } },
      { parent: this, protect: args.protect, additionalSecretOutputs: ["result"] },
    );
    this.value = password.result;
    this.registerOutputs();
  }
}
