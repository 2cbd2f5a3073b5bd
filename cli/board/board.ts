import { count, seconds } from "../units.ts";
import { creates, deletes, type Change } from "./events.ts";

/** What goes on with one service. */
export interface Line {
  service: string;
  phase: Phase;
  /** Without times, so that it changes only when something happens. */
  text: string;
  /** When the phase began, while something is under way. */
  since?: number;
}

export type Phase =
  "waiting" | "preparing" | "job" | "starting" | "stopping" | "healthy" | "unchanged" | "stopped" | "failed";

interface Part {
  role: string;
  name: string;
  action: "create" | "delete" | "keep";
  begun: number;
  ended?: number;
  failed: boolean;
}

/** Follows a run of the engine, service by service. */
export class Board {
  readonly #parts = new Map<string, Map<string, Part>>();

  constructor(services: readonly string[]) {
    for (const service of services) this.#parts.set(service, new Map());
  }

  /** Takes a change in, and tells the service it concerns if there is one. */
  apply(change: Change, now: number): string | undefined {
    const { service, role = "" } = change;
    const action = actionOf(change);
    if (service === undefined || action === undefined || !["service", "job", "files"].includes(role))
      return undefined;
    const parts = this.#parts.get(service) ?? new Map<string, Part>();
    this.#parts.set(service, parts);
    const key = `${action} ${change.urn}`;
    const part = parts.get(key) ?? { role, name: change.name, action, begun: now, failed: false };
    const ended = change.kind === "begin" ? {} : { ended: now, failed: part.failed || isFailure(change) };
    parts.set(key, { ...part, ...ended });
    return service;
  }

  line(service: string): Line {
    return { service, ...describe([...(this.#parts.get(service)?.values() ?? [])]) };
  }

  lines(): Line[] {
    return [...this.#parts.keys()].map((service) => this.line(service));
  }
}

/** The engine takes a job that ended badly for a success. */
function isFailure({ kind, exitCode = 0 }: Change): boolean {
  return kind === "fail" || exitCode !== 0;
}

function actionOf(change: Change): Part["action"] | undefined {
  if (creates(change)) return "create";
  if (deletes(change)) return "delete";
  return change.op === "same" || change.op === "update" ? "keep" : undefined;
}

function describe(parts: readonly Part[]): Omit<Line, "service"> {
  const open = parts.filter(({ ended }) => ended === undefined);
  const made = parts.filter(({ role, action }) => role === "service" && action === "create");
  // The first to fail, so that a service's failure is one line however many of its containers follow.
  const [failed] = parts.filter((part) => part.failed).toSorted((a, b) => (a.ended ?? 0) - (b.ended ?? 0));
  if (failed)
    return {
      phase: "failed",
      text: failed.role === "job" ? `${failed.name} failed` : `${failed.name} failed to start`,
    };
  const job = open.find(({ role, action }) => role === "job" && action === "create");
  if (job) return { phase: "job", text: `running ${job.name}`, since: job.begun };
  const starting = open.filter((part) => made.includes(part));
  if (starting.length > 0) {
    const healthy = made.length > 1 ? `, ${made.length - starting.length} of ${made.length} healthy` : "";
    return { phase: "starting", text: `starting${healthy}`, since: earliest(made) };
  }
  const stopping = open.filter(({ role, action }) => role === "service" && action === "delete");
  if (stopping.length > 0) {
    return {
      phase: "stopping",
      text: `stopping ${count(stopping.length, "old container")}`,
      since: earliest(stopping),
    };
  }
  const files = open.find(({ role, action }) => role === "files" && action === "create");
  if (files) return { phase: "preparing", text: "writing its files", since: files.begun };
  return settled(parts, made);
}

/** Nothing is under way. */
function settled(parts: readonly Part[], made: readonly Part[]): Omit<Line, "service"> {
  if (made.length > 0) {
    const last = Math.max(...made.map(({ ended = 0 }) => ended));
    const many = made.length > 1 ? ` (${made.length} containers)` : "";
    return { phase: "healthy", text: `healthy in ${seconds(last - earliest(made))}${many}` };
  }
  const services = parts.filter(({ role }) => role === "service");
  if (services.length === 0) return { phase: "waiting", text: "waiting" };
  if (!services.some(({ action }) => action === "keep")) return { phase: "stopped", text: "removed" };
  const jobs = parts.filter(({ role, action }) => role === "job" && action === "create");
  const done = jobs.map(({ name }) => `, ${name} done`).join("");
  return { phase: "unchanged", text: `unchanged${done}` };
}

function earliest(parts: readonly Part[]): number {
  return Math.min(...parts.map(({ begun }) => begun));
}
