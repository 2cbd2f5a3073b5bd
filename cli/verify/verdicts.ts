import { isMap } from "../overrides.ts";
import { noClient, type Answer } from "./ask.ts";

export const levels = ["machine", "container", "endpoint", "dependency", "proxy", "dns", "backup"] as const;

/** One thing that was looked at. */
export interface Verdict {
  level: (typeof levels)[number];
  what: string;
  /** One that warns wants somebody's attention, and the system works. */
  outcome: "pass" | "warn" | "fail" | "skip";
  /** Why it isn't passed, or what was seen. */
  detail: string;
}

/** The engine's own view of a container. */
export function healthVerdict(what: string, status: string, health: string | undefined): Verdict {
  const outcome = status === "running" && (health ?? "healthy") === "healthy" ? "pass" : "fail";
  return { level: "container", what, outcome, detail: health ?? status };
}

/** What `/ready` says: which dependencies the application reached just now. */
export function readyVerdict(what: string, { status, body }: Answer): Verdict {
  const dependencies = dependenciesIn(body);
  if (dependencies === undefined) {
    const unasked = status === 0 && body === noClient;
    // An owner's image may lead elsewhere, want a login, or know no such page.
    const missing = (status >= 200 && status < 500) || unasked;
    const reason = unasked ? noClient : "its image has no /ready";
    const detail = missing ? reason : answerText({ status, body });
    return { level: "dependency", what, outcome: missing ? "skip" : "fail", detail };
  }
  const broken = dependencies.filter(({ ok }) => !ok);
  const names = (list: Dependency[]) =>
    list.map(({ name, error }) => (error ? `${name}: ${error}` : name)).join(", ");
  if (status === 200 && broken.length === 0) {
    return { level: "dependency", what, outcome: "pass", detail: names(dependencies) || "needs nothing" };
  }
  return { level: "dependency", what, outcome: "fail", detail: names(broken) || `answered ${status}` };
}

interface Dependency {
  name: string;
  ok: boolean;
  error?: string;
}

function dependenciesIn(body: string): Dependency[] | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    const list = isMap(answer) ? answer.dependencies : undefined;
    if (!Array.isArray(list)) return undefined;
    return list.filter(isMap).map(({ name, ok, error }) => ({
      name: String(name),
      ok: ok === true,
      ...(typeof error === "string" && { error }),
    }));
  } catch {
    return undefined;
  }
}

/** A page has to answer 2xx or 3xx. */
export function pageVerdict(what: string, answer: Answer): Verdict {
  return proxyVerdict(what, answer, answer.status >= 200 && answer.status < 400);
}

/** The system's document has the page, and an owner's image may do without. */
export function noPageVerdict(what: string): Verdict {
  return { level: "proxy", what, outcome: "skip", detail: "answered 404: the image has no such page" };
}

/** Of a service that is asked for its health by a command of its own, only that it is the one that answers is known. */
export function answerVerdict(what: string, answer: Answer): Verdict {
  return proxyVerdict(what, answer, answer.status >= 200 && answer.status < 500);
}

function proxyVerdict(what: string, answer: Answer, passed: boolean): Verdict {
  const outcome = passed ? "pass" : "fail";
  return {
    level: "proxy",
    what,
    outcome,
    detail: outcome === "pass" ? `answered ${answer.status}` : answerText(answer),
  };
}

function answerText({ status, body }: Answer): string {
  const [first = ""] = body.split("\n");
  return status === 0 ? first || "no answer" : `answered ${status} ${first}`.trim();
}
