import { hostname } from "node:os";
import type { ContainerInfo } from "dockerode";
import { nameOf } from "../docker/owned.ts";
import { alive, describeHolder, holderText, parseHolder, thisHolder, type Holder } from "../state/holder.ts";

const ownerLabel = "berth.upgrade";

/** What the container of an upgrade says of whose command it is. */
export function ownerLabels(): Record<string, string> {
  return { [ownerLabel]: holderText(thisHolder("berth upgrade")) };
}

/** Who is at work in a container that runs; nobody where the command is gone, or is this one. */
export async function otherOwner(labels: Record<string, string>): Promise<Holder | undefined> {
  const owner = parseHolder(labels[ownerLabel] ?? "");
  if (owner === undefined || (owner.pid === process.pid && owner.host === hostname())) return undefined;
  return (await alive(owner)) ? owner : undefined;
}

/** Why its stack isn't free. */
export function ownerProblem(stack: string, container: string, owner: Holder): string {
  return `stack "${stack}": must be free, got an upgrade in container ${container} of ${describeHolder(owner)}; wait for it to end, or, if it was killed, docker rm -f ${container} on the database's machine`;
}

/** The same of every upgrade that is at work in a stack, whatever machine its command is on. */
export async function upgradeProblems(
  stack: string,
  containers: readonly ContainerInfo[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const one of containers.filter(({ State, Labels }) => State === "running" && ownerLabel in Labels)) {
    const owner = await otherOwner(one.Labels);
    if (owner !== undefined) problems.push(ownerProblem(stack, nameOf(one), owner));
  }
  return problems;
}
