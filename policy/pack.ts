import { PolicyPack, type ResourceValidationPolicy } from "@pulumi/policy";
import type { Facts, Rule } from "./facts.ts";
import { rules } from "./rules.ts";

/** One rule as Pulumi runs it. */
function policy({ name, description, fix, violations }: Rule): ResourceValidationPolicy {
  return {
    name,
    description,
    remediationSteps: fix,
    validateResource: ({ type, name: resource, props, opts }, report) => {
      const facts: Facts = { type, name: resource, props, protect: opts.protect };
      for (const violation of violations(facts)) report(`${violation}. ${fix}`);
    },
  };
}

new PolicyPack("berth", { enforcementLevel: "mandatory", policies: rules.map(policy) });
