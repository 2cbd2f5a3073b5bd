import { agree } from "../agree.ts";
import { reachedDockers } from "../docker/machines.ts";
import { watchMachines } from "../failure/crashWatch.ts";
import { failureLines } from "../failure/text.ts";
import { checkSettings } from "../preflight/settings.ts";
import { Refusal } from "../refusal.ts";
import { chosenServices } from "../restart/chosen.ts";
import { forceUpdate } from "../restart/swarm.ts";
import { holdAlone } from "../rollback/alone.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions, type Session } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import type { Checkpoint, SwarmService } from "../state/checkpoint.ts";
import { hold } from "../state/locks.ts";
import { upFull } from "./upFull.ts";

export interface RestartOptions extends CommonOptions {
  yes?: boolean;
}

/**
 * Gives services new containers, as a release does: the old ones serve until the new ones are healthy, and go when
 * their requests are done. Returns the exit code.
 */
export async function restart(names: readonly string[], options: RestartOptions): Promise<number> {
  const session = await openSession(options);
  checkDescribed(session);
  const { output, home, stack } = session;
  const checkpoint = await checkpointOf(session);
  const { settings, problems } = await checkSettings((await revealed(session)).stack);
  if (settings === undefined) throw new Refusal(problems);
  const alone = (service: string) => Object.keys(settings.services[service]?.volumes ?? {}).length > 0;
  const chosen = checkpoint && chosenServices(checkpoint, names, alone);
  if (chosen === undefined || chosen.containers.length + chosen.spread.length === 0)
    throw new Refusal([
      `restart: must have containers to start anew, got none; berth up --stack ${stack.name} makes them`,
    ]);
  if (chosen.away.length > 0) await agree("restart", awayText(chosen.away), options.yes ?? false);
  const isSpread = chosen.spread.length > 0;
  const doing = "berth restart";
  const held = await (isSpread ? holdAlone(session, doing) : hold(home.runs, stack.name, doing));
  output.say(`starting ${chosen.services.join(", ")} anew`);
  const code = isSpread ? await restartSpread(session, checkpoint, chosen.spread) : 0;
  if (code !== 0 || chosen.containers.length === 0) {
    if ("release" in held) held.release();
    if (output.json && code === 0)
      output.emit({ result: "ok", stack: stack.name, restarted: chosen.services });
    return code;
  }
  return await upFull({ session, held, because: undefined, newEngine: false, restart: chosen.containers });
}

/** One service of the swarm after the other, until one fails: what is wrong may be wrong with all. */
async function restartSpread(
  session: Session,
  checkpoint: Checkpoint | undefined,
  spread: readonly SwarmService[],
): Promise<number> {
  const { output, stack } = await revealed(session);
  const { dockers } = await reachedDockers(stack.config, checkpoint);
  const watch = await watchMachines(dockers, stack.name);
  try {
    for (const one of spread) {
      const { service, failed } = await forceUpdate(dockers[0], one);
      if (failed === undefined) {
        output.say(`${service}: new containers run`);
        continue;
      }
      const nothing = { service, container: service, reason: failed, cause: [], log: [] };
      const failure = { ...(watch.crashed.get(service) ?? nothing), service, servesStill: true };
      if (output.json)
        output.emit({ result: "failed", stack: stack.name, failures: [failure], errors: [failed] });
      else for (const line of [`${service}: ${failed}`, ...failureLines(failure)]) output.say(line);
      return 1;
    }
    return 0;
  } finally {
    watch.stop();
  }
}

export function awayText(services: readonly string[]): string {
  const one = services.length === 1;
  return `stops ${services.join(", ")} before ${one ? "its new container starts: it is" : "their new containers start: they are"} away for some seconds`;
}
