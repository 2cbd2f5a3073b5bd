import { stripVTControlCharacters } from "node:util";

/** How an error begins in a log, and which lines after it belong to it. */
interface Form {
  begins: RegExp;
  /** Lines that follow; whatever doesn't fit ends it. */
  goesOn: RegExp;
  /** The line that says what it was comes last, after the way to it. @default it comes first */
  endsWith?: RegExp;
}

const frame = /^\s+at |^\s*\.\.\. \d+ (?:more|common)|^\s+Suppressed: |^Caused by: |^\s*$/;

/** What a runtime says of a failure that ends a program; the first of these is the cause, whatever comes after it. */
const endings: readonly Form[] = [
  // Python: the way first, then the error, which may take several lines.
  { begins: /Traceback \(most recent call last\):/, goesOn: /^\s|^$/, endsWith: /^[\s|]*[\w.]+(?::|$)/ },
  // Python without a way: what can't be parsed.
  { begins: /^\s+File ".+", line \d+$/, goesOn: /^\s/, endsWith: /^\w+(?:Error|Warning): / },
  // Java and Kotlin: the error, the way, and each cause with its own.
  {
    begins: /^(?:.*\s)?(?:Exception in thread "[^"]*" )?(?:[a-z_]\w*\.)+[A-Z]\w*(?:Error|Exception)\b(?::|$)/,
    goesOn: frame,
  },
  // Spring's own words for it.
  { begins: /^APPLICATION FAILED TO START/, goesOn: /^(?!\d{4}-)/ },
  // Node.js: the error, what it needs to say besides, and the way.
  {
    begins: /^(?:Uncaught )?(?:\w*Error|\w*Exception|AggregateError)(?: \[\w+\])?: /,
    goesOn: /^\s|^- |^Require stack:|^$/,
  },
  { begins: /UnhandledPromiseRejection|Unhandled exception\. /i, goesOn: /^\s/ },
  // Go, Rust.
  {
    begins: /^(?:panic: |fatal error: )/,
    goesOn: /^$|^\s|^goroutine |^\[signal |^[\w./*()]+\(.*\)$|^created by /,
  },
  { begins: /^thread '.*' (?:\(\d+\) )?panicked at /, goesOn: /^(?!note: |thread ').+/ },
  // Ruby, PHP.
  { begins: /\((?:\w+::)*\w*(?:Error|Exception)\)$/, goesOn: /^\s+from / },
  { begins: /^(?:PHP )?(?:Fatal|Parse) error: /, goesOn: /^(?:Stack trace:|#\d|\s)/ },
];

/** A line of its own that says that something failed. */
const complaint =
  /\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b|\[(?:emerg|alert|crit|error|fatal)\]|"level":\s*"(?:error|fatal|critical)"|\blevel=(?:error|fatal|critical)\b|^(?:[\w./-]+: )?[Ee]rror: |: (?:command )?not found$|No such file or directory|Permission denied|Read-only file system|Operation not permitted|exec format error/;

/** Lines shown of one error. */
const most = 12;

/**
 * The first error of a program's log, in at most {@link most} lines: what comes last is often the end of a parent that
 * only says that its child ended, as gunicorn's `HaltServer`. Empty where nothing looks like one.
 */
export function firstError(log: readonly string[]): string[] {
  const lines = log.map((line) => stripVTControlCharacters(line).trimEnd());
  for (const [index, line] of lines.entries()) {
    const form = endings.find(({ begins }) => begins.test(line));
    if (form !== undefined) return block(lines, index, form);
  }
  const plain = lines.findIndex((line) => complaint.test(line));
  return plain < 0 ? [] : lines.slice(plain, plain + 1);
}

/** Whether these lines hold what an error was, perhaps within another's words; the way to it is no news. */
export function isSaid(error: readonly string[], lines: readonly string[]): boolean {
  return error
    .filter((line) => !/^\s|Traceback \(|^goroutine /.test(line))
    .every((line) => lines.some((shown) => shown.includes(line.replace(/^(?:\w+\.)+\w+: /, ""))));
}

function block(lines: readonly string[], begin: number, { goesOn, endsWith }: Form): string[] {
  const end = endOf(lines, begin + 1, (line) => goesOn.test(line));
  const way = lines.slice(begin, end).filter((line) => line !== "" && !/^\s*File "<frozen /.test(line));
  if (endsWith === undefined) return fewer(way);
  if (!endsWith.test(lines[end] ?? "")) return shortWay(way, most);
  const error = lines.slice(end, endOf(lines, end + 1, isText)).slice(0, 6);
  return [...shortWay(way, most - error.length), ...error];
}

function endOf(
  lines: readonly string[],
  begin: number,
  fits: (line: string, next: string) => boolean,
): number {
  let end = begin;
  while (end < lines.length && fits(lines[end] ?? "", lines[end + 1] ?? "")) end++;
  return end;
}

/** The rest of a message: what is indented, and what pydantic and SQLAlchemy write below it. */
function isText(line: string, next: string): boolean {
  if (/^\w[\w.]*$/.test(line)) return /^\s+\S/.test(next);
  return /^\s+\S|^\((?:Background|psycopg)|^\[(?:SQL|parameters): /.test(line);
}

/** Where it failed is at the end of the way. */
function shortWay(way: readonly string[], room: number): string[] {
  if (way.length <= room) return [...way];
  return [...way.slice(0, 1), "  …", ...way.slice(-(room - 2))];
}

/** Of the way the first two lines, where it failed; of all else as much as there is room for. */
function fewer(lines: readonly string[]): string[] {
  const isFrame = (line: string) => /^\s+(?:at |from |\.\.\. \d)|^\t/.test(line);
  let frames = 0;
  const kept = lines.filter((line) => !isFrame(line) || ++frames <= 2);
  if (kept.length <= most) return kept;
  return [...kept.slice(0, most / 2), "  …", ...kept.slice(-(most / 2 - 1))];
}
