import { asLastRunLeftIt } from "../lastRun/lastRun.ts";
import { checkDescribed, openSession, type Session } from "../session.ts";
import { isHeld } from "../state/locks.ts";
import type { PreviewOptions } from "./previewFull.ts";
import { sayPreview } from "./previewText.ts";

/** Says what `up` would do, without doing it. */
export async function preview(system: string | undefined, options: PreviewOptions): Promise<number> {
  const { events, markdown } = options;
  if (events !== undefined) return await (await import("./previewComment.ts")).comment(events, markdown);
  const session = await openSession(options, system);
  checkDescribed(session);
  const look = !options.full && !options.refresh && !markdown;
  const answer = look ? await asLeft(session) : { because: undefined };
  if ("result" in answer) {
    sayPreview({ session, notes: [], ...answer.result, planned: [], diff: false, engineLeftOut: true });
    return 0;
  }
  return await (await import("./previewFull.ts")).previewFull(session, answer.because, options);
}

async function asLeft(session: Session) {
  if (isHeld(session.home.runs, session.stack.name))
    return { because: "another command is at work on the stack" };
  return await asLastRunLeftIt(session);
}
