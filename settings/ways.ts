import { innerPort } from "../services/proxy/ports.ts";
import type { Settings } from "../settings.ts";
import { placeable, rowsOf } from "../systems/facts.ts";

/** Which services two machines call of each other: the ways between them, and there are no more. */
export interface Ways {
  /** Services of the machine beside that the stack's own machine calls → TCP port. */
  there: Record<string, number>;
  /** Services that the machine beside calls → TCP port on the stack's own machine. */
  back: Record<string, number>;
}

type Placed = Pick<Settings, "definition" | "services" | "placement">;

/** The ways between the stack's own machine and one beside it. */
export function waysOf(settings: Placed, machine: string): Ways {
  const { services, placement } = settings;
  const there = Object.keys(services).filter((name) => placement[name] === machine);
  const back = there.flatMap((name) => callsOf(settings, name)).filter((name) => !there.includes(name));
  return {
    there: portsOf(settings, there),
    // What runs on a third machine is answered for by the proxy of the stack's own.
    back: portsOf(settings, back),
  };
}

/** Every port that placement may ever need between machines of this system, whatever is placed now. */
export function innerPorts(settings: Placed): number[] {
  const may = placeable(settings.definition).filter((name) => settings.services[name] !== undefined);
  const called = may.flatMap((name) => callsOf(settings, name));
  return [...new Set(Object.values(portsOf(settings, [...may, ...called])))].sort((a, b) => a - b);
}

/** Services that are switched off or somebody else's are called by nobody here. */
function callsOf(settings: Placed, name: string): string[] {
  const uses = settings.definition.services[name]?.uses ?? [];
  return uses.filter((called) => settings.services[called] !== undefined);
}

function portsOf(settings: Placed, names: readonly string[]): Record<string, number> {
  const table = rowsOf(settings.definition);
  const ports = names.map((name): [string, number] => {
    const own = settings.services[name]?.port ?? 0;
    return [name, own > 0 ? innerPort(own) : (table[name]?.tunnelPort ?? 0)];
  });
  return Object.fromEntries(ports.filter(([, port]) => port > 0));
}
