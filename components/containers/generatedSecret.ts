import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { formerlyIn, type Belonging } from "./former.ts";

export interface GeneratedSecretArgs {
  /** Letters and digits, so that it fits into a URL as it is. @default 40 */
  length?: number;
  /** Change it to get a new value. @default "1" */
  version?: string;
  /** Raise it by one to get a new value beside the former ones. @default 1 */
  counter?: number;
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
export class GeneratedSecret {
  readonly value: pulumi.Output<string>;
  /** Those before it, the newest first; they stay in state, so that whatever still goes by one can be led on. */
  readonly former: readonly pulumi.Output<string>[];
  /** The very first. */
  readonly first: pulumi.Output<string>;

  constructor(name: string, args: GeneratedSecretArgs, belonging: Belonging = {}) {
    const generation = (number: number): pulumi.Output<string> => {
      // A dot is in no secret's name: `-2` would be that of a variable API_KEY_2.
      const own = number === 1 ? name : `${name}.${number}`;
      return new random.RandomPassword(
        own,
        { length: args.length ?? 40, special: false, keepers: { version: args.version ?? "1" } },
        {
          ...formerlyIn("berth:components:GeneratedSecret", own, belonging),
          protect: args.protect,
          additionalSecretOutputs: ["result"],
        },
      ).result;
    };
    this.first = generation(1);
    const later = Array.from({ length: (args.counter ?? 1) - 1 }, (_, index) => generation(index + 2));
    const [value, ...former] = [this.first, ...later].reverse();
    this.value = value ?? this.first;
    this.former = former;
  }
}
