import type Docker from "dockerode";

/** A network has one name on a machine, so two stacks of one system need networks of their own there. */
export async function networkProblem(
  docker: Pick<Docker, "listNetworks">,
  stack: string,
  network: string,
): Promise<string | undefined> {
  const networks = await docker.listNetworks({ filters: { label: ["berth.stack"] } });
  const other = networks.find(({ Name, Labels }) => Name === network && Labels?.["berth.stack"] !== stack);
  if (other === undefined) return undefined;
  const holder = other.Labels?.["berth.stack"] ?? "?";
  return `system: must be up once on a machine, network "${other.Name}" is held by stack "${holder}"; end that one with berth destroy --stack ${holder}, give this one a berth:network of its own, or use another machine`;
}
