import type { ContainerInfo } from "dockerode";
import { nameOf, owned, ownedByAll, roleOf, serviceOf } from "../docker/owned.ts";
import { openDockers } from "../docker/machines.ts";
import { openTunnel } from "../docker/tunnel.ts";
import { checkpointToLook, nothingRuns } from "../look.ts";
import { Refusal } from "../refusal.ts";
import { openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { checkSettings } from "../preflight/settings.ts";
import type { SystemDefinition } from "../../systems/define.ts";
import { rowsOf } from "../../systems/facts.ts";

export interface TunnelOptions extends CommonOptions {
  local?: string;
}

/** Leads a person to a service that nothing publishes: a port on this machine's loopback, until ^C. */
export async function tunnel(
  service: string,
  port: string | undefined,
  options: TunnelOptions,
): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, stack } = session;
  const { checkpoint, unread } = await checkpointToLook(session);
  const dockers = await openDockers(stack.config, checkpoint);
  const [docker] = dockers;
  const running = (all: ContainerInfo[]) =>
    all.filter((one) => roleOf(one) === "service" && one.State === "running");
  const containers = running((await owned(docker, stack.name)).containers);
  const everywhere = running((await ownedByAll(dockers, stack.name)).containers);
  const services = [...new Set(everywhere.map(serviceOf))].sort();
  if (services.length === 0) throw new Refusal([nothingRuns(stack.name, unread)]);
  if (!services.includes(service)) {
    throw new Refusal([`service: must be one of ${services.join(", ")}, got "${service}"`]);
  }
  const proxy = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort));
  if (proxy === undefined) throw new Refusal([`${stack.name}: must have a running proxy to lead through`]);
  const { settings } = await checkSettings(stack, { ended: true });
  const inside = portOf(port, "port") ?? usualPort(settings?.definition, service);
  const made = await openTunnel({
    docker,
    container: proxy.Id,
    host: service,
    port: inside,
    local: portOf(options.local, "--local") ?? 0,
  });
  const url = `127.0.0.1:${made.port}`;
  if (output.json) output.emit({ service, port: inside, local: made.port });
  else output.say(`${service}:${inside} is at ${url}, through ${nameOf(proxy)}, until ^C`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.once(signal, () => {
        resolve();
      });
  });
  await made.close();
  return 0;
}

function portOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new Refusal([`${name}: must be a whole number from 1 to 65535, got "${text}"`]);
}

/** What a person most likely wants of a service, from its row. */
function usualPort(system: SystemDefinition | undefined, service: string): number {
  const row = system && rowsOf(system)[service];
  const port = row?.tunnelPort ?? row?.port;
  if (port === undefined) throw new Refusal([`port: must be given for "${service}", which has no usual one`]);
  return port;
}
