import type Docker from "dockerode";

/** A system's network has one name on a machine, so two stacks of one system can't share an engine. */
export async function networkProblem(
  docker: Docker,
  stack: string,
  system: string,
): Promise<string | undefined> {
  const networks = await docker.listNetworks({ filters: { label: [`berth.system=${system}`] } });
  const other = networks.find(({ Labels }) => Labels?.["berth.stack"] !== stack);
  if (other === undefined) return undefined;
  const holder = other.Labels?.["berth.stack"] ?? "?";
  return `system: must be up once on a machine, network "${other.Name}" is held by stack "${holder}"; end that one with berth destroy --stack ${holder}, or use another machine`;
}
