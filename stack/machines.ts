import * as pulumi from "@pulumi/pulumi";
import type { Capacity } from "../components/containers/host.ts";
import type { Scope } from "../components/containers/scope.ts";
import { kindNamed } from "../components/hosts/registry.ts";
import type { Swarm } from "../components/containers/swarm.ts";
import { entriesOf, type Placed } from "./entries.ts";
import type { KnownHost, OpenedHost } from "./hosts.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import type { Settings } from "../settings.ts";
import { fitLimits, type Fitted } from "../settings/limits.ts";
import { fitSwarm } from "./swarmLimits.ts";
import { waysOf } from "../settings/ways.ts";
import { entryRow } from "../services/proxy/definition.ts";
import { rowsOf } from "../systems/facts.ts";
import type { Beside } from "./places.ts";
import type { Sizes } from "./sizes.ts";

type Services = Record<string, ServiceSettings>;

/**
 * Each service's limits, and each entry's, fitted to the machine it runs on. Throws `SettingsError` where one is too
 * small for what it is to run.
 */
export function fitMachines(settings: Placed, known: Sizes): Fitted & { entries: Services } {
  const table = rowsOf(settings.definition);
  const { services, placement, swarm = false } = settings;
  if (swarm !== false) return { ...fitSwarm(settings, known), entries: {} };
  const entries = entriesOf(settings);
  const fit = (machine: string | undefined, capacity: Capacity): Fitted => {
    const here = Object.keys(services).filter((name) => placement[name] === machine);
    const own = [...here.map((name) => services[name]), ...here.map((name) => entries[name])];
    const named = own.flatMap((one) => (one === undefined ? [] : [[one.name, one] as const]));
    const rows = named.map(([name]) => [name, table[name] ?? entryRow] as const);
    return fitLimits(Object.fromEntries(named), Object.fromEntries(rows), capacity, machine);
  };
  const besides = Object.entries(known.beside ?? {});
  const fitted = [fit(undefined, known.capacity), ...besides.map(([name, one]) => fit(name, one.capacity))];
  const all = Object.assign({}, ...fitted.map((one) => one.services)) as Services;
  const within = (wanted: Services): Services =>
    Object.fromEntries(Object.entries(wanted).map(([name, one]) => [name, all[one.name] ?? one]));
  return {
    services: within(services),
    entries: within(entries),
    warnings: fitted.flatMap(({ warnings }) => warnings),
  };
}

/** The stack's machines, opened: the scope of its own, and of each service that is elsewhere. */
export function openMachines(
  settings: Settings,
  known: KnownHost,
  { entries, first, common }: { entries: Services; first: OpenedHost; common: Omit<Scope, keyof OpenedHost> },
): { scope: Scope; beside: Record<string, Beside>; members: Scope[] } {
  const { placement } = settings;
  if (settings.swarm !== false) {
    const opened = openSwarm(settings.swarm, known, { first, common });
    const beside = Object.entries(placement).flatMap(([service, machine]): [string, Beside][] => {
      const scope = opened.members.find((one) => one.machine === machine);
      return scope === undefined ? [] : [[service, { scope, machine }]];
    });
    return { ...opened, beside: Object.fromEntries(beside) };
  }
  const home = addressOf(first);
  const machines = Object.entries(known.beside ?? {}).map(([machine, one]) => {
    const ways = waysOf(settings, machine);
    const opened = one.open(first.host, ways);
    const elsewhere = Object.fromEntries(Object.keys(ways.back).map((name) => [name, home]));
    const neighbours = { address: addressOf(opened), offered: new Set(Object.keys(ways.there)), elsewhere };
    return { machine, ways, scope: { ...common, ...opened, neighbours, machine } };
  });
  const offered = new Set(machines.flatMap(({ ways }) => Object.keys(ways.back)));
  const neighbours = machines.length === 0 ? undefined : { address: home, offered, elsewhere: {} };
  const beside = Object.entries(placement).flatMap(([service, machine]): [string, Beside][] => {
    const there = machines.find((one) => one.machine === machine);
    return there === undefined ? [] : [[service, { scope: there.scope, machine, entry: entries[service] }]];
  });
  return { scope: { ...common, ...first, neighbours }, beside: Object.fromEntries(beside), members: [] };
}

/** The stack's machines as one swarm: the scope of its own, and of each that is in it beside. */
function openSwarm(
  { encrypted, mtu }: { encrypted: boolean; mtu?: number },
  known: KnownHost,
  { first, common }: { first: OpenedHost; common: Omit<Scope, keyof OpenedHost> },
): { scope: Scope; members: Scope[] } {
  const others = Object.entries(known.beside ?? {}).map(([machine, one]) => ({
    machine,
    ...one.open(first.host, { there: {}, back: {} }),
  }));
  const swarm: Swarm = {
    encrypted,
    mtu: mtu ?? kindNamed(first.host.kind)?.swarm?.mtu,
    machines: [first, ...others],
    ...(known.join?.(common.stack, first.host) ?? { joined: [], stop: () => undefined }),
    image: (reference) =>
      pulumi.all([first, ...others].map(({ image }) => image(reference))).apply(([id = ""]) => id),
  };
  const scopes = others.map((one): Scope => ({ ...common, ...one, swarm }));
  return { scope: { ...common, ...first, swarm }, members: scopes };
}

/** Absent where there is one machine, and then nobody asks. */
function addressOf({ host }: OpenedHost) {
  return host.privateAddress ?? host.address;
}
