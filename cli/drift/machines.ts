import type Docker from "dockerode";
import { hostAt, machineName, reachedDockers } from "../docker/machines.ts";
import { owned } from "../docker/owned.ts";
import { lookAtSwarm } from "../docker/swarm.ts";
import { kindOf } from "../hostKind.ts";
import { settingsOf } from "../overrides.ts";
import type { StackFile } from "../project.ts";
import { networkType, wantedServices, type Checkpoint } from "../state/checkpoint.ts";
import { askFirewall } from "../verify/firewall.ts";
import { findingsOf, type Finding, type Seen } from "./finding.ts";
import { firewallFindings } from "./firewall.ts";
import { changedOn } from "./look.ts";
import { changedIn, shortIn } from "./service.ts";
import { straysIn, type StrayArgs } from "./strays.ts";

/**
 * Where a stack isn't what the last run left, on all of its machines; whether somebody is at work on it is asked when
 * all has been seen. Throws a `Refusal` where one can't be reached that isn't of a swarm beside others.
 */
export async function findingsFor(
  { name, config }: StackFile,
  checkpoint: Checkpoint,
  isAtWork: () => Promise<boolean>,
): Promise<Finding[]> {
  const { dockers, ways, lost } = await reachedDockers(config, checkpoint);
  const hasSetup = kindOf(settingsOf(config).host)?.setup !== undefined;
  const [machines, firewalls] = await Promise.all([
    Promise.all(
      dockers.map(async (docker, index): Promise<Seen> => {
        const way = ways[index];
        const udpPorts = way && portsIn(hostAt(config, way).udpPorts);
        const seen = await see(docker, checkpoint, { stack: name, alone: way !== undefined, udpPorts });
        const swarm = index === 0 ? await servicesSeen(docker, checkpoint, name) : { changed: [] };
        const changed = [...seen.changed, ...swarm.changed];
        return { machine: way && machineName(way), ...seen, ...swarm, changed };
      }),
    ),
    Promise.all(ways.map(async (way) => firewallFindings(way, await askFirewall(way), hasSetup))),
  ]);
  const busy = (await isAtWork()) ? name : undefined;
  return [...findingsOf(checkpoint, machines, { busy, lost }), ...firewalls.flat()];
}

/** What the stack's own machine, as a manager, says of its services on a swarm; nothing of a stack that has none. */
async function servicesSeen(
  manager: Docker,
  checkpoint: Checkpoint,
  stack: string,
): Promise<Pick<Seen, "changed" | "short">> {
  const wanted = wantedServices(checkpoint);
  if (wanted.length === 0) return { changed: [] };
  const swarm = await lookAtSwarm(manager, stack);
  return { changed: changedIn(wanted, swarm), short: shortIn(wanted, swarm) };
}

function portsIn(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

async function see(
  docker: Docker,
  checkpoint: Checkpoint,
  { stack, ...beside }: { stack: string } & Omit<StrayArgs, "containers" | "networks">,
): Promise<Omit<Seen, "machine">> {
  const networks = checkpoint.resources
    .filter(({ type }) => type === networkType)
    .map(({ outputs, inputs }) => String(outputs?.name ?? inputs?.name));
  const [held, containers] = await Promise.all([owned(docker, stack), docker.listContainers()]);
  const changed = await changedOn(docker, checkpoint, held);
  return { held, changed, strays: straysIn({ containers, networks, ...beside }) };
}
