/**
 * Is there once a check has passed, and holds a text while the last one has. Each container has the folder, in memory,
 * empty after every start.
 */
const passed = "/dev/shm/.berth-passed";

/** Between two checks on an engine that has one pace, as the docker provider reads it back. */
export const steadyInterval = "1.8s";

/** More would have a hanging check at a start, whose time Docker counts with the pause, end as much later. */
const longestPause = 8;

/** What {@link paced} puts before a check, whichever shell and `sleep` it has. */
const pause = new RegExp(String.raw`^if \[ -s ${passed} \]; then .*; fi\n`);

/** A check that keeps a pace of its own. */
export interface PacedCheck {
  test: string[];
  /** What it waits before it asks, while it passes. */
  pauseSeconds: number;
}

/**
 * A check that waits before it asks, as long as the last answer was good, and two seconds after a bad one. An engine
 * before Docker 25 has one interval for a start, which an `up` waits for, and for the months after it, in which each
 * question costs the machine some 0.1 s of a core; so the interval is short and the check itself takes the rest of the
 * time, asleep. A shell that is killed for a check that hangs leaves what it ran: bound that itself.
 *
 * @param intervalSeconds from one question to the next, once it has started; more than 10 counts as that
 * @param inShell whether the image is known to have a shell, where the check names none
 * @returns undefined for a command of an image that may have no shell
 */
export function paced(test: string[], intervalSeconds: number, inShell = false): PacedCheck | undefined {
  const wanted = Math.round(intervalSeconds - Number.parseFloat(steadyInterval));
  const pauseSeconds = Math.min(Math.max(0, wanted), longestPause);
  const [kind = "NONE", ...words] = test;
  const script = (line: string, tool = ""): string =>
    [
      `if [ -s ${passed} ]; then ${tool}sleep ${pauseSeconds}; elif [ -e ${passed} ]; then ${tool}sleep 2; fi`,
      // Not `:`, a special builtin: where its file can't be written, a shell ends.
      `[ ! -e ${passed} ] || true 2>/dev/null >${passed}`,
      `(`,
      line,
      `)`,
      // Not `) || exit`, which would switch off a check's own `set -e`.
      `code=$?`,
      `[ $code = 0 ] || exit $code`,
      `echo passed 2>/dev/null >${passed}`,
      `exit 0`,
    ].join("\n");
  if (kind === "CMD-SHELL") return { test: [kind, script(words[0] ?? "")], pauseSeconds };
  const [tool = "", shell, option, line = "", ...rest] = words;
  // A shell of its own: the probe's.
  if (kind === "CMD" && tool.endsWith("/busybox") && shell === "sh" && option === "-c")
    return { test: [kind, tool, shell, option, script(line, `${tool} `), ...rest], pauseSeconds };
  if (kind !== "CMD" || !inShell) return undefined;
  return { test: [kind, "sh", "-c", script('"$@"'), "sh", ...words], pauseSeconds };
}

/** The check without its pause, for who waits for an answer now. */
export function unpaced(test: readonly string[]): string[] {
  return test.map((word) => word.replace(pause, ""));
}
