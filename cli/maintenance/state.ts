import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { liveConf, maintenanceFlag } from "../../systems/facts.ts";
import { exec } from "../docker/exec.ts";
import { Refusal } from "../refusal.ts";

export interface Maintenance {
  active: boolean;
  /** When it began, by the machine's clock; nothing while it is off, or where a person put the flag there. */
  since?: string;
}

/** The proxy that the public reaches, where it runs. Databases may be published too, to other machines of the stack. */
export function publicProxyOf(containers: readonly ContainerInfo[]): ContainerInfo | undefined {
  return containers.find(({ Ports }) =>
    Ports.some(({ PublicPort, PrivatePort }) => PublicPort > 0 && [80, 443].includes(PrivatePort)),
  );
}

const show = `[ ! -f ${maintenanceFlag} ] || echo "on $(cat ${maintenanceFlag})"`;

/** A configuration of before knows no flag, and would serve on. */
const unknown = 3;

/** What is run in the proxy for each state, as POSIX `sh`. A second `on` keeps the time of the first. */
export const switches = {
  on: [
    `grep -q -F '(-f ${maintenanceFlag})' ${liveConf} || exit ${unknown}`,
    `[ -f ${maintenanceFlag} ] || date -u +%Y-%m-%dT%H:%M:%SZ >${maintenanceFlag}`,
    show,
  ].join("\n"),
  off: `rm -f ${maintenanceFlag} && ${show}`,
};

export async function maintenanceOf(docker: Docker, { Id }: Pick<ContainerInfo, "Id">): Promise<Maintenance> {
  const { output } = await exec(docker, Id, ["/bin/sh", "-c", show]);
  return maintenanceIn(output);
}

/** The same for who looks at all: off where no proxy can be asked, for other checks say what is wrong with it. */
export async function maintenanceSeen(
  docker: Docker,
  containers: readonly ContainerInfo[],
): Promise<Maintenance> {
  const proxy = publicProxyOf(containers);
  return proxy ? maintenanceOf(docker, proxy).catch(() => ({ active: false })) : { active: false };
}

/** Has it be on or off from the next request on; what is under way ends as it would. Throws {@link Refusal}. */
export async function switchMaintenance(
  docker: Docker,
  { Id }: Pick<ContainerInfo, "Id">,
  state: keyof typeof switches,
): Promise<Maintenance> {
  const { code, output } = await exec(docker, Id, ["/bin/sh", "-c", switches[state]]);
  if (code === unknown)
    throw new Refusal([
      "maintenance: must have a proxy whose configuration looks for it, got an older one or none yet; berth up releases a new one",
    ]);
  const found = maintenanceIn(output);
  if (found.active !== (state === "on"))
    throw new Refusal([`maintenance: must be ${state}, got ${JSON.stringify(output.trim())}`]);
  return found;
}

/** What `show` wrote. There is no time where the disk was full, and none is taken for one that a person wrote instead. */
export function maintenanceIn(output: string): Maintenance {
  const [, since] = /^on ?(.*)$/m.exec(output) ?? [];
  if (since === undefined) return { active: false };
  return { active: true, ...(/^[\dT:-]+Z$/.test(since) && { since }) };
}

export function maintenanceText(stack: string, { active, since }: Maintenance): string {
  if (!active) return "off";
  const began = since === undefined ? "" : ` since ${since}`;
  return `on${began}, the public gets 503; berth maintenance off --stack ${stack} ends it`;
}
