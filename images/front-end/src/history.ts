import type { Answer, Dependency, Ready } from "./api.ts";

/** How many answers the strip shows. */
export const stripLength = 90;
const keptIncidents = 30;

/** Something that was broken from one moment to another. */
export interface Incident {
  what: string;
  reason: string;
  since: number;
  until?: number;
}

export interface History {
  answers: Answer<Ready>[];
  /** Newest first. */
  incidents: Incident[];
}

export const emptyHistory: History = { answers: [], incidents: [] };

/** Adds an answer: opens an incident for what is newly broken, closes those that are over. */
export function remember(history: History, answer: Answer<Ready>): History {
  const broken = new Map(failures(answer).map((failure) => [failure.what, failure.reason]));
  // Nothing is known of the dependencies while the service itself doesn't answer.
  const unknown = answer.body?.dependencies === undefined;
  const incidents = history.incidents.map((incident) => {
    if (incident.until !== undefined) return incident;
    const reason = broken.get(incident.what);
    broken.delete(incident.what);
    if (reason !== undefined) return { ...incident, reason };
    return unknown && incident.what !== "the service" ? incident : { ...incident, until: answer.at };
  });
  const opened = [...broken].map(([what, reason]) => ({ what, reason, since: answer.at }));
  return {
    answers: [...history.answers, answer].slice(-stripLength),
    incidents: [...opened, ...incidents].slice(0, keptIncidents),
  };
}

function failures(answer: Answer<Ready>): { what: string; reason: string }[] {
  const dependencies = answer.body?.dependencies;
  if (dependencies === undefined)
    return [{ what: "the service", reason: answer.error ?? `answered ${answer.status}` }];
  return dependencies
    .filter(isBroken)
    .map(({ name, error }) => ({ what: name, reason: error ?? "not ready" }));
}

function isBroken(dependency: Dependency): boolean {
  return !dependency.ok;
}

/** Everyone who answered, by release and then by container, most recent release last. */
export function tally(
  answers: Answer<Ready>[],
): { release: string; containers: { name: string; count: number }[] }[] {
  const releases = new Map<string, Map<string, number>>();
  for (const { release, container } of answers) {
    if (release === "" && container === "") continue;
    const containers = releases.get(release) ?? new Map<string, number>();
    containers.set(container, (containers.get(container) ?? 0) + 1);
    releases.set(release, containers);
  }
  return [...releases].map(([release, containers]) => ({
    release,
    containers: [...containers]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  }));
}

/** The same colour for the same release on every screen: one of twelve classes of the style sheet. */
export function colourOf(release: string): string {
  let sum = 7;
  for (const letter of release) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return `hue-${sum % 12}`;
}
