import { explainCloudError } from "../../components/hosts/explain.ts";
import type { Message } from "../board/events.ts";
import { passphraseSource } from "../home.ts";
import { lockProblem, engineLocks, lockIn } from "../state/locks.ts";
import { backendOf } from "../home.ts";
import { wrong } from "../preflight/passphrase.ts";
import type { Session } from "../session.ts";
import { folderOf } from "../state/backend.ts";
import { providerOf, providerProblem } from "../state/secretsProvider.ts";
import { loggingReason } from "./logging.ts";
import type { Failure } from "./report.ts";

export interface FailedRun {
  session: Session;
  failures: readonly Failure[];
  messages: readonly Message[];
  /** What the engine printed when it didn't even begin. */
  complaint: string;
  interrupted: boolean;
  /** What to run again. @default up */
  verb?: "up" | "preview";
}

/** The last words of a run that failed: which service, why, the end of its log, what serves now, what to do. */
export async function sayFailures(run: FailedRun): Promise<void> {
  const { session, failures, interrupted, verb = "up" } = run;
  const { output, stack } = session;
  const errors = await errorsOf(run);
  if (output.json) {
    output.emit({ result: interrupted ? "interrupted" : "failed", stack: stack.name, failures, errors });
    return;
  }
  for (const error of errors) output.say(output.colour.red(error));
  for (const failure of failures) for (const line of failureLines(failure)) output.say(line);
  if (!interrupted) output.say(advice(stack.name, failures, verb));
  else output.say(verb === "up" ? "interrupted; the next berth up goes on from here" : "interrupted");
}

export function failureLines(failure: Failure): string[] {
  const { service, container, reason, cause, log, remedy, servesStill } = failure;
  return [
    `${service} failed: ${reason}`,
    ...(cause.length > 0 ? ["  the first error in its log:", ...cause.map((line) => `    ${line}`)] : []),
    ...(log.length > 0
      ? [`  the last ${log.length} lines of ${container}:`, ...log.map((line) => `    ${line}`)]
      : []),
    servesStill ? `  the release before it still serves` : `  no other release of it serves`,
    ...(remedy === undefined ? [] : [`  what mends it: ${remedy}`]),
  ];
}

function advice(stack: string, failures: readonly Failure[], verb: string): string {
  const [first] = failures;
  if (first === undefined) return `correct what is said above and run berth ${verb} again`;
  return `correct the image or the settings of ${first.service} and run berth up again, or take the change back; more with berth logs ${first.service} --stack ${stack}`;
}

/** The engine's final words on every failed run. */
const epilogue = [
  "update failed",
  "update canceled",
  "destroy canceled",
  "destroy failed",
  "preview failed",
  "resource plan failed",
  "resource destruction failed",
];

/** What was said beside the services that failed, once. */
async function errorsOf({
  session,
  failures,
  messages,
  complaint,
  interrupted,
}: FailedRun): Promise<string[]> {
  const own = failures.map(({ reason }) => reason);
  const errors = messages
    .filter(({ severity, text }) => severity === "error" && !epilogue.includes(text) && !own.includes(text))
    .filter(({ urn }) => failures.length === 0 || urn === undefined)
    .map(({ text }) => inOurWords(text));
  if (errors.length > 0 || failures.length > 0) return [...new Set(errors)];
  // One that was told to end has nothing to say.
  if (interrupted && complaint.trim() === "") return [];
  return [await translate(session, complaint)];
}

/** What a cloud or a log driver refused, first as what to do about it and then as it was said. */
export function inOurWords(text: string): string {
  // What a store of secrets refuses is said in our words already, and isn't of the host.
  if (/: must be readable in (?:AWS Secrets|Google Secret) Manager/.test(text)) return text;
  const words = loggingReason(text) ?? explainCloudError(text);
  return words === undefined ? text : `${words}\n  (${text.trim().replaceAll("\n", "\n  ")})`;
}

/** What the engine says before it begins, in our words where we have some. */
export async function translate(
  { home, stack }: Pick<Session, "home" | "stack">,
  complaint: string,
): Promise<string> {
  if (complaint.includes("incorrect passphrase")) return wrong(stack.name, passphraseSource(home));
  const folder = folderOf(backendOf(home));
  if (complaint.includes("currently locked")) {
    const lock = (await engineLocks(home, stack.name)).find(({ alive }) => alive);
    if (lock) return lockProblem(stack.name, lock);
  }
  const shut = providerProblem(providerOf(stack), complaint.trim(), { alone: folder !== undefined });
  if (shut !== undefined) return shut;
  const words = lockIn(complaint, stack.name) ?? complaint.replace(/^error: /gm, "").trim();
  return words === "" ? "the engine ended without a word" : words;
}
