import type { FoundHost, WantedHost } from "../kind.ts";
import { LocalHost } from "./local.ts";
import type { LocalHostSettings } from "./settings.ts";

/** Asks this machine's Docker Engine. Throws an error that names the fix when it doesn't answer. */
export async function findLocal({ host, engine, https }: WantedHost<LocalHostSettings>): Promise<FoundHost> {
  const { ip, port, httpsPort } = host;
  const known = await engine;
  return {
    capacity: known.capacity,
    open: () => new LocalHost(host.kind, { engine: known, ip, port, ...(https && { httpsPort }) }),
  };
}
