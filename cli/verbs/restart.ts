import { agree } from "../agree.ts";
import { checkSettings } from "../preflight/settings.ts";
import { Refusal } from "../refusal.ts";
import { chosenServices } from "../restart/chosen.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
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
  if (chosen === undefined || chosen.containers.length === 0)
    throw new Refusal([
      `restart: must have containers to start anew, got none; berth up --stack ${stack.name} makes them`,
    ]);
  if (chosen.away.length > 0) await agree("restart", awayText(chosen.away), options.yes ?? false);
  const held = await hold(home.runs, stack.name);
  output.say(`starting ${chosen.services.join(", ")} anew`);
  return await upFull({ session, held, because: undefined, newEngine: false, restart: chosen.containers });
}

export function awayText(services: readonly string[]): string {
  const one = services.length === 1;
  return `stops ${services.join(", ")} before ${one ? "its new container starts: it is" : "their new containers start: they are"} away for some seconds`;
}
