import { isNamed, reachedDockers } from "../docker/machines.ts";
import { owned } from "../docker/owned.ts";
import { publicProxies } from "../docker/publicProxies.ts";
import { maintenanceOfAll, maintenanceText, switchAll } from "../maintenance/state.ts";
import { Refusal } from "../refusal.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";

/**
 * Has the public get a page and 503, or the system again, or says which. It is a file in the volume that a proxy and
 * its release step share: no run is needed, none ends it, and a person may put it there. Returns the exit code.
 */
export async function maintenance(state: string | undefined, options: CommonOptions): Promise<number> {
  if (state !== undefined && state !== "on" && state !== "off")
    throw new Refusal([`maintenance: must be on or off, got ${JSON.stringify(state)}`]);
  const opened = await openSession(options);
  checkDescribed(opened);
  const session = await revealed(opened);
  const { output, stack } = session;
  const { dockers, ways, lost } = await reachedDockers(stack.config, await checkpointOf(session));
  // A cloud is still to make the machine: this one's containers are none of its business.
  const machines = ways.length === 0 && !isNamed(stack.config) ? [] : dockers;
  const proxies = publicProxies(
    await Promise.all(machines.map(async (docker) => ({ docker, ...(await owned(docker, stack.name)) }))),
  );
  if (proxies.length === 0)
    throw new Refusal([
      `maintenance: must have a running proxy that the public reaches, got none; berth up --stack ${stack.name} starts it`,
    ]);
  const found = await (state === undefined ? maintenanceOfAll(proxies) : switchAll(proxies, state));
  const away = lost.length > 0;
  if (output.json) output.emit({ stack: stack.name, maintenance: found, ...(away && { lost }) });
  else output.say(`maintenance: ${maintenanceText(stack.name, found)}`);
  // What isn't reached may serve all the same.
  return away && state !== undefined ? 1 : 0;
}
