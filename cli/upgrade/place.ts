import type Docker from "dockerode";
import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import type { Settings } from "../../settings.ts";
import { openDockers } from "../docker/machines.ts";
import { ownedByAll, serviceOf } from "../docker/owned.ts";
import { preflight } from "../preflight/preflight.ts";
import { checkSettings } from "../preflight/settings.ts";
import { checkAll } from "../ready.ts";
import { Refusal } from "../refusal.ts";
import { restoreProblems } from "../restore/followed.ts";
import { machinesOf, type Machine } from "../restore/writers.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions, type Session } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { lockProblems, locksElsewhere } from "../state/lockElsewhere.ts";
import { hold, type Held } from "../state/locks.ts";
import { upgradeProblems } from "./owner.ts";

/** A stack's PostgreSQL, and what stands around it. */
export interface DatabasePlace {
  session: Session;
  settings: Settings;
  /** Every service of the stack, on each of its machines. */
  machines: Machine[];
  service: string;
  /** The engine that has it. */
  docker: Docker;
  container: ContainerInfo;
  model: ContainerInspectInfo;
  /** The stack is this command's own until its end: another's would end its jobs. */
  held: Held;
}

/**
 * The one that is named, else the only one. Throws {@link Refusal} where it has no container either, another command
 * is at work on the stack, or a run after it, which starts what was stopped, couldn't begin (`runs`).
 */
export async function openDatabase(
  named: string | undefined,
  options: CommonOptions,
  runs: boolean,
): Promise<DatabasePlace> {
  const opened = await openSession(options);
  checkDescribed(opened);
  const session = await revealed(opened);
  const { home, stack } = session;
  const { settings, problems } = await checkSettings(stack);
  if (settings === undefined) throw new Refusal(problems);
  const service = chosenDatabase(named, databasesOf(settings));
  const held = await hold(home.runs, stack.name, "berth upgrade");
  if ("problem" in held) throw new Refusal([held.problem]);
  const checkpoint = await checkpointOf(session);
  const dockers = await openDockers(stack.config, checkpoint);
  if (runs) {
    const check = () => preflight({ dockers, home, stack, checkpoint, checkPassphrase: true });
    await checkAll(session, check, await locksElsewhere(session));
  } else {
    const { containers } = await ownedByAll(dockers, stack.name);
    const busy = [
      ...(await lockProblems(session)),
      ...restoreProblems(stack.name, containers),
      ...(await upgradeProblems(stack.name, containers)),
    ];
    if (busy.length > 0) throw new Refusal(busy);
  }
  const machines = await machinesOf(dockers, stack.name);
  for (const { docker, services } of machines) {
    const own = services.filter((one) => serviceOf(one) === service);
    const container = own.find(({ State }) => State === "running") ?? own[0];
    if (container === undefined) continue;
    const model = await docker.getContainer(container.Id).inspect();
    return { session, settings, machines, service, docker, container, model, held };
  }
  throw new Refusal([
    `stack "${stack.name}": must have a container of ${service}, got none; berth up --stack ${stack.name}`,
  ]);
}

/** The PostgreSQL servers of a stack's own. */
function databasesOf({ services, definition }: Settings): string[] {
  return Object.keys(services).filter((name) => definition.services[name]?.kind === "postgres");
}

export function chosenDatabase(named: string | undefined, all: readonly string[]): string {
  const [first] = all;
  if (first === undefined)
    throw new Refusal(["upgrade: must be a stack with a PostgreSQL of its own, got none"]);
  if (named === undefined && all.length === 1) return first;
  if (named !== undefined && all.includes(named)) return named;
  throw new Refusal([
    `service: must be one of ${all.join(", ")}, got ${named === undefined ? "none" : `"${named}"`}`,
  ]);
}
