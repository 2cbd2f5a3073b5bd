import * as pulumi from "@pulumi/pulumi";
import type { Outputs } from "../../stack/outputs.ts";

/** Another team's program: it knows a Berth stack by its outputs alone. */
export default function consumer() {
  const stack = new pulumi.StackReference(new pulumi.Config().require("stack"));
  const output = <Key extends keyof Outputs & string>(key: Key) =>
    stack.requireOutput(key) as pulumi.Output<pulumi.Unwrap<Outputs[Key]>>;
  return {
    page: output("urls").apply((urls) => urls.application),
    network: output("network"),
    services: output("endpoints").apply((endpoints) => Object.keys(endpoints).sort()),
    // A secret of the stack stays one here, and in all that is made of it; nothing where the stack has none.
    passwords: stack.getOutput("secrets"),
  };
}
