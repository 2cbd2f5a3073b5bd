import { action, Refusal, type Call } from "./call.ts";
import type { Ask } from "./holdings.ts";

/**
 * Throws where AWS keeps what is in use and moto doesn't, so that the order in which things go is judged too. What an
 * endpoint holds is among `endpoints`.
 */
export async function checkUse(call: Call, ask: Ask, endpoints: Iterable<string>): Promise<void> {
  const { form } = call;
  const held = [...endpoints].join();
  switch (action(call)) {
    case "DeleteSecurityGroup": {
      const id = form.get("GroupId") ?? "";
      const used = (await interfaces(ask, "group-id", id)) || held.includes(id) || (await named(ask, id));
      if (used) throw new Refusal("DependencyViolation", `resource ${id} has a dependent object`);
      return;
    }
    case "DeleteSubnet": {
      const id = form.get("SubnetId") ?? "";
      if (!(await interfaces(ask, "subnet-id", id)) && !held.includes(id)) return;
      throw new Refusal("DependencyViolation", `The subnet '${id}' has dependencies and cannot be deleted.`);
    }
    case "ReleaseAddress": {
      const id = form.get("AllocationId") ?? "";
      const found = await ask("ec2", "DescribeAddresses", { "AllocationId.1": id });
      if (!found.includes("<associationId>")) return;
      throw new Refusal("InvalidIPAddress.InUse", `Address ${id} is in use.`);
    }
    case "DetachInternetGateway": {
      if (!(await ask("ec2", "DescribeAddresses")).includes("<associationId>")) return;
      const network = form.get("VpcId") ?? "";
      throw new Refusal(
        "DependencyViolation",
        `Network ${network} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
      );
    }
    default:
  }
}

async function interfaces(ask: Ask, name: string, value: string): Promise<boolean> {
  const found = await ask("ec2", "DescribeNetworkInterfaces", {
    "Filter.1.Name": name,
    "Filter.1.Value.1": value,
  });
  return found.includes("<networkInterfaceId>");
}

/** Whether a rule of another group lets this one in or out. */
async function named(ask: Ask, group: string): Promise<boolean> {
  const rules = (await ask("ec2", "DescribeSecurityGroupRules")).split("<securityGroupRuleId>");
  return rules.some(
    (rule) =>
      rule.includes(`Info><groupId>${group}<`) && !rule.includes(`</securityGroupRuleId><groupId>${group}<`),
  );
}
