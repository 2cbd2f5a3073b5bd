import { randomBytes } from "node:crypto";
import { action, ec2Answer, listed, Refusal, type Answer } from "./call.ts";

/** EC2's Instance Connect Endpoints, which moto lacks; made and gone at once. */
export class Endpoints {
  readonly made = new Map<string, string>();

  readonly answer: Answer = (call) => {
    const { form } = call;
    switch (action(call)) {
      case "CreateInstanceConnectEndpoint": {
        const id = `eice-${randomBytes(8).toString("hex")}`;
        this.made.set(id, described(id, form));
        return ec2Answer(
          "CreateInstanceConnectEndpoint",
          `<instanceConnectEndpoint>${this.made.get(id)}</instanceConnectEndpoint>`,
        );
      }
      case "DescribeInstanceConnectEndpoints": {
        const found = listed(form, "InstanceConnectEndpointId").map((id) => this.#known(id));
        const items = found.map((one) => `<item>${one}</item>`).join("");
        return ec2Answer(
          "DescribeInstanceConnectEndpoints",
          `<instanceConnectEndpointSet>${items}</instanceConnectEndpointSet>`,
        );
      }
      case "DeleteInstanceConnectEndpoint": {
        const id = form.get("InstanceConnectEndpointId") ?? "";
        const gone = this.#known(id);
        this.made.delete(id);
        return ec2Answer(
          "DeleteInstanceConnectEndpoint",
          `<instanceConnectEndpoint>${gone}</instanceConnectEndpoint>`,
        );
      }
      default:
        return undefined;
    }
  };

  #known(id: string): string {
    const found = this.made.get(id);
    if (found !== undefined) return found;
    throw new Refusal(
      "InvalidInstanceConnectEndpointId.NotFound",
      `The instance connect endpoint ID '${id}' does not exist`,
    );
  }
}

function described(id: string, form: URLSearchParams): string {
  const name = `${id}.ec2-instance-connect-endpoint.eu-central-1.amazonaws.com`;
  const groups = listed(form, "SecurityGroupId").map((group) => `<item>${group}</item>`);
  const tags = [...form]
    .filter(([key]) => /^TagSpecification\.1\.Tag\.\d+\.Key$/.test(key))
    .map(
      ([key, value]) =>
        `<item><key>${value}</key><value>${form.get(key.replace(/Key$/, "Value"))}</value></item>`,
    );
  return [
    "<ownerId>123456789012</ownerId>",
    `<instanceConnectEndpointId>${id}</instanceConnectEndpointId>`,
    `<instanceConnectEndpointArn>arn:aws:ec2:eu-central-1:123456789012:instance-connect-endpoint/${id}</instanceConnectEndpointArn>`,
    `<state>create-complete</state><dnsName>${name}</dnsName><fipsDnsName/>`,
    `<subnetId>${form.get("SubnetId")}</subnetId><availabilityZone>eu-central-1a</availabilityZone>`,
    `<preserveClientIp>${form.get("PreserveClientIp") ?? "false"}</preserveClientIp><ipAddressType>ipv4</ipAddressType>`,
    `<securityGroupIdSet>${groups.join("")}</securityGroupIdSet><networkInterfaceIdSet/>`,
    `<tagSet>${tags.join("")}</tagSet>`,
  ].join("");
}
