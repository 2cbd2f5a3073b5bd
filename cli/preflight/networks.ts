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
  return `network: must be another than that of stack "${holder}" on one machine, got "${other.Name}"; name one with --config network=…, or end that stack with berth destroy --stack ${holder}`;
}
