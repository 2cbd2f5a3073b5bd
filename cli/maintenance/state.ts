import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { liveConf, maintenanceFlag } from "../../systems/facts.ts";
import { exec } from "../docker/exec.ts";
import type { PublicProxy } from "../docker/publicProxies.ts";
import { Refusal } from "../refusal.ts";

export interface Maintenance {
  active: boolean;
  /** When it began, by the machine's clock; nothing while it is off, or where a person put the flag there. */
  since?: string;
  /** Proxies through which the public gets the system all the same: those of machines that came meanwhile. */
  open?: string[];
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

async function maintenanceOf(docker: Docker, { Id }: Pick<ContainerInfo, "Id">): Promise<Maintenance> {
  const { output } = await exec(docker, Id, ["/bin/sh", "-c", show]);
  return maintenanceIn(output);
}

/** What all proxies of a system say together. */
export function maintenanceOfAll(proxies: readonly PublicProxy[]): Promise<Maintenance> {
  return askAll(proxies, maintenanceOf);
}

/** The same for who looks at all: off where no proxy can be asked, for other checks say what is wrong with it. */
export function maintenanceSeen(proxies: readonly PublicProxy[]): Promise<Maintenance> {
  return askAll(proxies, (docker, container) => maintenanceOf(docker, container).catch(() => undefined));
}

async function askAll(
  proxies: readonly PublicProxy[],
  ask: (docker: Docker, container: ContainerInfo, service: string) => Promise<Maintenance | undefined>,
): Promise<Maintenance> {
  const found = await Promise.all(
    proxies.map(async ({ docker, container, service }) => {
      const state = await ask(docker, container, service);
      return state && { service, ...state };
    }),
  );
  return together(found.filter((one) => one !== undefined));
}

/** It is on where one proxy has it on, since the first of them had; through those that don't the public gets in. */
export function together(found: readonly (Maintenance & { service: string })[]): Maintenance {
  const open = found.filter(({ active }) => !active).map(({ service }) => service);
  if (open.length === found.length) return { active: false };
  const [since] = found.flatMap((one) => one.since ?? []).sort();
  return { active: true, ...(since !== undefined && { since }), ...(open.length > 0 && { open }) };
}

/** Has all of them be so. Throws {@link Refusal}. */
export function switchAll(
  proxies: readonly PublicProxy[],
  state: keyof typeof switches,
): Promise<Maintenance> {
  return askAll(proxies, (docker, container, service) =>
    switchMaintenance(docker, container, service, state),
  );
}

/** Has it be on or off from the next request on; what is under way ends as it would. Throws {@link Refusal}. */
async function switchMaintenance(
  docker: Docker,
  { Id }: Pick<ContainerInfo, "Id">,
  service: string,
  state: keyof typeof switches,
): Promise<Maintenance> {
  const { code, output } = await exec(docker, Id, ["/bin/sh", "-c", switches[state]]);
  if (code === unknown)
    throw new Refusal([
      `maintenance: ${service}: must have a configuration that looks for it, got an older one or none yet; berth up releases a new one`,
    ]);
  const found = maintenanceIn(output);
  if (found.active !== (state === "on"))
    throw new Refusal([`maintenance: ${service}: must be ${state}, got ${JSON.stringify(output.trim())}`]);
  return found;
}

/** What `show` wrote. There is no time where the disk was full, and none is taken for one that a person wrote instead. */
export function maintenanceIn(output: string): Maintenance {
  const [, since] = /^on ?(.*)$/m.exec(output) ?? [];
  if (since === undefined) return { active: false };
  return { active: true, ...(/^[\dT:-]+Z$/.test(since) && { since }) };
}

export function maintenanceText(stack: string, { active, since, open }: Maintenance): string {
  if (!active) return "off";
  const began = since === undefined ? "" : ` since ${since}`;
  const but = open === undefined ? "" : ` but from ${open.join(", ")}, which berth maintenance on closes too`;
  return `on${began}, the public gets 503${but}; berth maintenance off --stack ${stack} ends it`;
}
