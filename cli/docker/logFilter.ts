/** How bad a line says that something is, from the least on. */
export const levels = ["debug", "info", "warning", "error", "critical"] as const;

export type Level = (typeof levels)[number];

/** Which lines are wanted; what isn't given leaves nothing out. */
export interface LogQuery {
  /** Found anywhere in a line. */
  pattern?: RegExp;
  /** At least this bad. */
  level?: Level;
}

/**
 * Tells wanted lines from others, a container's in the order in which it wrote them: a line without a level goes with
 * the one before it, as those of a traceback do.
 */
export function logFilter({ pattern, level }: LogQuery): (container: string, text: string) => boolean {
  const last = new Map<string, Level>();
  const least = level === undefined ? 0 : levels.indexOf(level);
  return (container, text) => {
    const found = levelOf(text) ?? last.get(container) ?? "info";
    last.set(container, found);
    return levels.indexOf(found) >= least && (pattern === undefined || pattern.test(text));
  };
}

/** Words for each level, of syslog and of the loggers of common languages. */
const words: Record<Level, string> = {
  debug: "trace|debug[1-5]?|verbose",
  info: "info(?:rmation)?|notice|log",
  warning: "warn(?:ing)?",
  error: "err(?:or)?|severe",
  critical: "crit(?:ical)?|fatal|panic|alert|emerg(?:ency)?",
};

const named = levels.map((level) => ({ level, pattern: new RegExp(`^(?:${words[level]})$`, "i") }));

/** Places where a line says its level; what stands elsewhere is part of its text. */
const places = [
  // logfmt; nginx, Apache and Rust; Python's default.
  /\b(?:level|lvl|severity)=["']?(\w+)/i,
  /^.{0,80}?\[(?:\w+:)?(trace\d?|debug|info|notice|warn(?:ing)?|error|crit(?:ical)?|fatal|alert|emerg)\]/i,
  /^(\w+):/,
  // PostgreSQL; whatever begins with a time.
  /^\S+ \S+ (?:\S+ )?(?:\[\d+\] )?(\w+):/,
  /^[[(]?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-][\d:]+)?[\])]?\s*(?:[[(]\d+[\])]\s*)?(?:[-|]\s*)?[[(]?(\w+)/,
  // Redis' sign for it, and capitals between words, as Java's and Python's loggers write them.
  /^\d+:[A-Z] .+? ([#*.-]) /,
  /(?:^|[\s|[])(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)(?=[\s|\]:/])/,
];

/** Redis' own, https://github.com/redis/redis/blob/7.4/src/server.c, serverLogRaw. */
const signs: Record<string, Level> = { ".": "debug", "-": "info", "*": "info", "#": "warning" };

/** The level that a line says; nothing where it says none. A request counts by the status it was answered with. */
export function levelOf(text: string): Level | undefined {
  if (text.startsWith("{")) return levelOfJson(text);
  if (/^\s/.test(text)) return undefined;
  if (text.startsWith("Traceback (most recent call last)")) return "error";
  for (const place of places) {
    const word = place.exec(text)?.[1];
    const level = word === undefined ? undefined : (signs[word] ?? levelNamed(word));
    if (level !== undefined) return level;
  }
  const status = /" ([1-5]\d\d) (?:\d+|-)(?: |$)/.exec(text)?.[1];
  return status === undefined ? undefined : levelOfStatus(Number(status));
}

function levelNamed(word: string): Level | undefined {
  return named.find(({ pattern }) => pattern.test(word))?.level;
}

function levelOfJson(text: string): Level | undefined {
  const line = parse(text);
  for (const key of ["level", "levelname", "severity", "lvl", "log.level", "@level"]) {
    const value = line[key];
    if (typeof value === "string") return levelNamed(value);
    // https://github.com/pinojs/pino/blob/main/docs/api.md#loggerlevels-object
    if (typeof value === "number") return levels[Math.min(Math.max(Math.floor(value / 10) - 2, 0), 4)];
  }
  const status = line.status ?? line.status_code;
  return typeof status === "number" || typeof status === "string" ? levelOfStatus(Number(status)) : undefined;
}

function levelOfStatus(status: number): Level | undefined {
  if (!(status >= 100 && status < 600)) return undefined;
  return status >= 500 ? "error" : status >= 400 ? "warning" : "info";
}

function parse(text: string): Record<string, unknown> {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === "object" && line !== null ? (line as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
