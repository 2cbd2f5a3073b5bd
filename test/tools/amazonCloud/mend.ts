import { action, type Call } from "./call.ts";

/** What moto is asked, and says, otherwise than AWS. */
export class Mend {
  /** Words of a security group's rules, by their ids: moto forgets those of rules from other groups. */
  readonly #words = new Map<string, string>();
  /** Ids of a load balancer's addresses, by its subnets: moto has none. */
  readonly #addresses = new Map<string, string>();

  /** The form as moto takes it. */
  request(call: Call): URLSearchParams {
    const form = new URLSearchParams(call.form);
    // All protocols but these have no ports, which AWS answers with -1 and moto doesn't survive.
    if (!named.has(form.get("IpPermissions.1.IpProtocol"))) {
      form.set("IpPermissions.1.FromPort", "-1");
      form.set("IpPermissions.1.ToPort", "-1");
    }
    if (action(call) === "RunInstances") withInterface(form);
    return form;
  }

  /** The answer as AWS gives it. */
  reply(call: Call, body: string): string {
    const name = action(call);
    if (name.startsWith("AuthorizeSecurityGroup")) this.#rememberWords(call.form, body);
    if (name === "CreateLoadBalancer") this.#rememberAddresses(call.form);
    // AWS tells of what somebody set by its source, of which moto says nothing.
    if (name === "DescribeDBParameters")
      return body.replaceAll("<Parameter>", "<Parameter><Source>user</Source>");
    if (body.includes("<securityGroupRuleSet>")) return this.#withWords(body);
    if (body.includes("<instancesSet>")) return withGroups(body);
    if (body.includes("<LoadBalancers>")) return this.#withAddresses(body);
    return body;
  }

  #rememberWords(form: URLSearchParams, body: string): void {
    const [, id] = /<securityGroupRuleId>([^<]+)/.exec(body) ?? [];
    const words = form.get("IpPermissions.1.Groups.1.Description");
    if (id !== undefined && words !== null) this.#words.set(id, words);
  }

  #rememberAddresses(form: URLSearchParams): void {
    for (const [key, subnet] of form) {
      const [, member] = /^SubnetMappings\.member\.(\d+)\.SubnetId$/.exec(key) ?? [];
      const address = form.get(`SubnetMappings.member.${member}.AllocationId`);
      if (address !== null) this.#addresses.set(subnet, address);
    }
  }

  #withWords(body: string): string {
    return body.replace(
      /<securityGroupRuleId>([^<]+)<\/securityGroupRuleId>(?!<description>)/g,
      (found, id: string) => {
        const words = this.#words.get(id);
        return words === undefined ? found : `${found}<description>${words}</description>`;
      },
    );
  }

  #withAddresses(body: string): string {
    return body.replace(/<SubnetId>([^<]+)<\/SubnetId>/g, (found, subnet: string) => {
      const address = this.#addresses.get(subnet);
      if (address === undefined) return found;
      return `${found}<LoadBalancerAddresses><member><AllocationId>${address}</AllocationId></member></LoadBalancerAddresses>`;
    });
  }
}

const named = new Set([null, "-1", "tcp", "udp", "icmp"]);

/** The interface that AWS makes for a machine goes with it, which moto does with one that is asked for. */
function withInterface(form: URLSearchParams): void {
  const own = [...form].filter(([key]) => /^(?:SubnetId|SecurityGroupId\.\d+)$/.test(key));
  if (own.length === 0) return;
  for (const [key, value] of own) {
    form.delete(key);
    form.set(`NetworkInterface.1.${key}`, value);
  }
  form.set("NetworkInterface.1.DeviceIndex", "0");
  form.set("NetworkInterface.1.DeleteOnTermination", "true");
}

/** A machine's groups are its interface's. */
function withGroups(body: string): string {
  const interfaces =
    /(<groupSet>(?:(?!<\/groupSet>).)*<\/groupSet>)((?:(?!<instanceId>).)*?<\/rootDeviceType>)<groupSet\/>/gs;
  return body.replace(interfaces, "$1$2$1");
}
