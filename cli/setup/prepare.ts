import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { remote } from "../../components/ssh/session.ts";
import { setupScript, type SetupOptions } from "../../components/machine/setupScript.ts";
import type { Machine } from "../../components/machine/machine.ts";
import type { Progress, Step } from "../../toolchain/progress.ts";

/** What was done to the machine, a line each; empty when it was as it should be. */
export type Changes = string[];

export interface PrepareOptions extends SetupOptions {
  /** Told what isn't as it should be and mustn't stop anybody. @default nobody is */
  warn?: (text: string) => void;
}

/** In memory, because the disk may be full; from a file, because what the script starts would read the rest of it. */
const runFromFile = `f=$(mktemp -p /dev/shm 2>/dev/null || mktemp) && cat >"$f" && s=
[ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null || s="sudo -n"
$s sh "$f" </dev/null 2>&1; code=$?; rm -f "$f"; exit $code`;

/**
 * Prepares a machine over ssh; on one that is prepared it changes nothing. Throws {@link RemoteError} in a person's
 * words when the machine can't be reached or doesn't fit.
 */
export async function prepareMachine(
  connection: Connection,
  machine: Machine,
  progress: Progress,
  { undoSeconds = 120, warn = () => undefined, ...options }: PrepareOptions = {},
): Promise<Changes> {
  const view = stepView(progress, warn, () => confirmFirewall(connection));
  try {
    await remote(connection, runFromFile, {
      input: setupScript(machine, { ...options, undoSeconds }),
      onLine: view.take,
      deadline: 1800,
    });
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const reason = view.failure() ?? error.message;
    view.fail(reason);
    throw new RemoteError(reason, error.output);
  }
  return view.changes;
}

const asRoot = "s=; [ $(id -u) = 0 ] || s='sudo -n'; $s";

/**
 * New rules stay once a connection that is made under them comes through; the script waits for that. If none does, they
 * are taken back at once over the connection there is, and the script says why it ends.
 */
async function confirmFirewall(connection: Connection): Promise<void> {
  const fresh: Connection = { ...connection, options: ["-o", "ControlPath=none", ...connection.options] };
  const command = `${asRoot} systemctl stop berth-firewall-undo.timer`;
  await remote(fresh, command, { deadline: 30 })
    .catch(() => remote(connection, `${asRoot} systemctl stop berth-firewall`, { deadline: 30 }))
    // Then the timer does it.
    .catch(() => undefined);
}

/** Shows the script's lines as steps. */
function stepView(progress: Progress, warn: (text: string) => void, confirm: () => Promise<void>) {
  const changes: Changes = [];
  let step: Step | undefined;
  let notes: string[] = [];
  let failure: string | undefined;
  let last = "";
  const take = (line: string): void => {
    const [, word, rest = ""] = /^@(\w+) ?(.*)$/.exec(line) ?? [];
    if (word === "step") {
      step = progress.step(rest);
      notes = [];
    } else if (word === "note") {
      notes.push(rest);
      step?.note(rest);
    } else if (word === "warn") {
      warn(rest);
    } else if (word === "confirm") {
      step?.note("trying a new connection through it");
      void confirm();
    } else if (word === "changed") {
      changes.push(...notes);
      step?.done(notes.at(-1));
    } else if (word === "same") {
      step?.skip("as it should be");
    } else if (word === "fail") {
      failure = rest;
    } else if (line !== "") {
      last = line;
    }
  };
  return {
    changes,
    take,
    /** The script's own reason, else the last line that something wrote. */
    failure: () => failure ?? (step !== undefined && last !== "" ? last : undefined),
    fail: (reason: string) => step?.fail(reason),
  };
}
