import { asLastRunLeftIt } from "../lastRun/lastRun.ts";
import { checkDescribed, openSession, type Session } from "../session.ts";
import { Refusal } from "../refusal.ts";
import { isHeld } from "../state/locks.ts";
import type { PreviewOptions } from "./previewFull.ts";
import { sayPreview } from "./previewText.ts";

/** Says what `up` would do, without doing it. */
export async function preview(system: string | undefined, options: PreviewOptions): Promise<number> {
  const { events, markdown } = options;
  const seconds = secondsIn(options.timeout);
  if (events !== undefined) return await (await import("./previewComment.ts")).comment(events, markdown);
  const session = await openSession(options, system);
  checkDescribed(session);
  const look = !options.full && !options.refresh && !markdown;
  const answer = look ? await asLeft(session) : { because: undefined };
  if ("result" in answer) {
    sayPreview({ session, notes: [], ...answer.result, planned: [], diff: false, engineLeftOut: true });
    return 0;
  }
  return await (await import("./previewFull.ts")).previewFull(session, answer.because, seconds, options);
}

async function asLeft(session: Session) {
  if (isHeld(session.home.runs, session.stack.name))
    return { because: "another command is at work on the stack" };
  return await asLastRunLeftIt(session);
}

/** Throws {@link Refusal}. A timer of Node.js takes 24 days at most. */
function secondsIn(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Refusal([`--timeout: must be a whole number of seconds from 1 to 999999, got "${text}"`]);
}
