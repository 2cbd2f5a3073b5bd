import { stackDockers } from "../docker/machines.ts";
import { owned } from "../docker/owned.ts";
import { maintenanceOf, maintenanceText, publicProxyOf, switchMaintenance } from "../maintenance/state.ts";
import { Refusal } from "../refusal.ts";
import { checkDescribed, checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";

/**
 * Has the public get a page and 503, or the system again, or says which. It is a file in the volume that the proxy and
 * its release step share: no run is needed, none ends it, and a person may put it there. Returns the exit code.
 */
export async function maintenance(state: string | undefined, options: CommonOptions): Promise<number> {
  if (state !== undefined && state !== "on" && state !== "off")
    throw new Refusal([`maintenance: must be on or off, got ${JSON.stringify(state)}`]);
  const opened = await openSession(options);
  checkDescribed(opened);
  const session = await revealed(opened);
  const { output, stack } = session;
  const [docker] = (await stackDockers(stack.config, await checkpointOf(session))) ?? [];
  const proxy = docker && publicProxyOf((await owned(docker, stack.name)).containers);
  if (docker === undefined || proxy === undefined)
    throw new Refusal([
      `maintenance: must have a running proxy that the public reaches, got none; berth up --stack ${stack.name} starts it`,
    ]);
  const found =
    state === undefined ? await maintenanceOf(docker, proxy) : await switchMaintenance(docker, proxy, state);
  if (output.json) output.emit({ stack: stack.name, maintenance: found });
  else output.say(`maintenance: ${maintenanceText(stack.name, found)}`);
  return 0;
}
