import { PolicyPack, type PolicyResource, type ResourceValidationPolicy } from "@pulumi/policy";
import type { StackValidationPolicy } from "@pulumi/policy";
import type { Facts, Rule } from "./facts.ts";
import { rules } from "./rules.ts";

/** One rule as Pulumi runs it. */
function policy(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const { name, description, level, fix, violations } = rule;
  const common = { name, description, remediationSteps: fix, ...(level && { enforcementLevel: level }) };
  if (rule.stackwide === true) {
    return {
      ...common,
      validateStack: ({ resources }, report) => {
        const stack = resources.map(factsOf);
        resources.forEach((resource) => {
          for (const violation of violations(factsOf(resource), stack))
            report(`${violation}. ${fix}`, resource.urn);
        });
      },
    };
  }
  return {
    ...common,
    validateResource: (resource, report) => {
      for (const violation of violations(factsOf(resource), [])) report(`${violation}. ${fix}`);
    },
  };
}

function factsOf({
  type,
  name,
  props,
  opts,
}: Pick<PolicyResource, "type" | "name" | "props" | "opts">): Facts {
  return { type, name, props, protect: opts.protect };
}

new PolicyPack("berth", { enforcementLevel: "mandatory", policies: rules.map(policy) });
