import { stackDockers } from "../docker/machines.ts";
import { preflight } from "../preflight/preflight.ts";
import { shortNameOf, systemOf } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { count } from "../units.ts";

/** Says whether `up` would be refused, and why, without changing anything. */
export async function validate(system: string | undefined, options: CommonOptions): Promise<number> {
  const opened = await openSession(options, system);
  checkDescribed(opened);
  const session = await revealed(opened);
  const { output, home, stack } = session;
  const checkpoint = await checkpointOf(session);
  const dockers = await stackDockers(stack.config, checkpoint);
  const checks = await preflight({
    dockers,
    home,
    stack,
    checkpoint,
    checkPassphrase: true,
    readStores: false,
  });
  if (checks.problems.length > 0) throw new Refusal(checks.problems);
  const services = Object.keys(checks.settings?.services ?? {});
  const name = shortNameOf(systemOf(stack));
  if (output.json) {
    output.emit({
      result: "ok",
      stack: stack.name,
      system: name,
      services,
      warnings: checks.warnings,
    });
    return 0;
  }
  for (const warning of checks.warnings) output.say(output.colour.yellow(`warning: ${warning}`));
  output.say(
    output.colour.green(`stack ${stack.name} is valid: ${name} with ${count(services.length, "service")}`),
  );
  return 0;
}
