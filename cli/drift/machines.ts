import type Docker from "dockerode";
import { machineName, openDockers, waysTo } from "../docker/machines.ts";
import { owned } from "../docker/owned.ts";
import type { StackFile } from "../project.ts";
import { networkType, type Checkpoint } from "../state/checkpoint.ts";
import { lookAtFirewall } from "../verify/firewall.ts";
import { findingsOf, type Finding, type Seen } from "./finding.ts";
import { changedOn } from "./look.ts";
import { straysIn } from "./strays.ts";

/** Where a stack isn't what the last run left, on all of its machines. Throws a `Refusal` where one can't be reached. */
export async function findingsFor({ name, config }: StackFile, checkpoint: Checkpoint): Promise<Finding[]> {
  const ways = waysTo(config, checkpoint);
  const dockers = await openDockers(config, checkpoint);
  const [machines, firewalls] = await Promise.all([
    Promise.all(
      dockers.map(async (docker, index): Promise<Seen> => {
        const way = ways[index];
        const seen = await see(docker, checkpoint, { stack: name, alone: way !== undefined });
        return { machine: way && machineName(way), ...seen };
      }),
    ),
    Promise.all(ways.map(async (way) => ({ machine: machineName(way), ...(await lookAtFirewall(way)) }))),
  ]);
  const closed = firewalls
    .filter(({ outcome }) => outcome === "fail")
    .map(({ machine, what, detail }): Finding => {
      const found = detail.replace(/; run berth setup$/, "");
      return { kind: "firewall", name: what, machine, found, remedy: "berth setup closes it" };
    });
  return [...findingsOf(checkpoint, machines), ...closed];
}

async function see(
  docker: Docker,
  checkpoint: Checkpoint,
  { stack, alone }: { stack: string; alone: boolean },
): Promise<Omit<Seen, "machine">> {
  const networks = checkpoint.resources
    .filter(({ type }) => type === networkType)
    .map(({ outputs, inputs }) => String(outputs?.name ?? inputs?.name));
  const [held, containers] = await Promise.all([owned(docker, stack), docker.listContainers()]);
  const changed = await changedOn(docker, checkpoint, held);
  return { held, changed, strays: straysIn({ containers, networks, alone }) };
}
