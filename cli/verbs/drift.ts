import type Docker from "dockerode";
import { openDockers, waysTo } from "../docker/machines.ts";
import { ownedByAll } from "../docker/owned.ts";
import { findingsOf, type Finding } from "../drift/finding.ts";
import { changedByHand } from "../drift/look.ts";
import { straysIn, type Stray } from "../drift/strays.ts";
import { checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { networkType, type Checkpoint } from "../state/checkpoint.ts";
import { table } from "../table.ts";
import { count } from "../units.ts";
import { lookAtFirewall } from "../verify/firewall.ts";

/** The exit code for something that isn't as the last run left it; 1 is a look that failed. */
export const driftCode = 2;

/** Says where a system isn't what the last run left. Changes nothing, and takes no lock. */
export async function drift(options: CommonOptions): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, stack } = session;
  const checkpoint = await checkpointOf(session);
  if (checkpoint === undefined || checkpoint.resources.length === 0) {
    if (output.json) output.emit({ stack: stack.name, findings: [], known: false });
    else output.say(`nothing of stack ${stack.name} is on record; berth up --stack ${stack.name} starts it`);
    return 1;
  }
  const ways = waysTo(stack.config, checkpoint);
  const dockers = await openDockers(stack.config, checkpoint);
  const [held, changed, strays, firewalls] = await Promise.all([
    ownedByAll(dockers, stack.name),
    changedByHand(dockers, checkpoint, stack.name),
    lookForStrays(dockers, checkpoint, ways.length > 0),
    Promise.all(ways.map((way) => lookAtFirewall(way))),
  ]);
  const closed: Finding[] = firewalls
    .filter(({ outcome }) => outcome === "fail")
    .map(({ what, detail }) => ({
      kind: "firewall",
      name: what,
      found: detail.replace(/; run berth setup$/, ""),
      remedy: "berth setup closes it",
    }));
  const findings = [...findingsOf(checkpoint, held, changed, strays), ...closed];
  const code = findings.length === 0 ? 0 : driftCode;
  if (output.json) {
    output.emit({ stack: stack.name, findings, known: true });
    return code;
  }
  if (findings.length === 0) {
    output.say(`stack ${stack.name} is as the last run left it`);
    return code;
  }
  const columns = [
    { title: "what" },
    { title: "name", shrink: true },
    { title: "found", shrink: true },
    { title: "remedy", shrink: true },
  ];
  const rows = findings.map(({ kind, name, found, remedy }) => [kind, name, found, remedy]);
  for (const line of table(columns, rows, { width: output.stream.columns || 160 })) output.say(line);
  output.say(`${count(findings.length, "difference")} on stack ${stack.name}`);
  return code;
}

async function lookForStrays(
  dockers: readonly Docker[],
  { resources }: Checkpoint,
  alone: boolean,
): Promise<Stray[]> {
  const networks = resources
    .filter(({ type }) => type === networkType)
    .map(({ outputs, inputs }) => String(outputs?.name ?? inputs?.name));
  const all = await Promise.all(
    dockers.map(async (docker) => straysIn({ containers: await docker.listContainers(), networks, alone })),
  );
  return all.flat();
}
