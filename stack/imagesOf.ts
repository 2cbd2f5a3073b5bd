import { probeImage } from "../components/containers/probe.ts";
import { needsProbe } from "../services/application/serviceHealth.ts";
import { filesImage } from "../services/proxy/definition.ts";
import { entriesOf, type Placed } from "./entries.ts";

/** References of all that a stack runs, each once. */
export function imagesOf(settings: Placed): string[] {
  const machines = new Set([undefined, ...Object.values(settings.placement)]);
  return [...new Set([...machines].flatMap((machine) => imagesOn(settings, machine)))];
}

/** The same of one machine: of that name beside the stack's own, or of its own. */
export function imagesOn(settings: Placed, machine?: string): string[] {
  const { services, placement } = settings;
  const here = Object.keys(services).filter((name) => placement[name] === machine);
  const entries = entriesOf(settings);
  const run = here.flatMap((name) => [services[name]?.image, entries[name]?.image]);
  const probed = here.some((name) => services[name] !== undefined && needsProbe(services[name]));
  return [
    ...new Set([filesImage, ...run.filter((image) => image !== undefined), ...(probed ? [probeImage] : [])]),
  ];
}
