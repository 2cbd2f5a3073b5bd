import { asLastRunLeftIt } from "../lastRun/lastRun.ts";
import { checkDescribed, openSession, type CommonOptions, type Session } from "../session.ts";
import { isHeld } from "../state/locks.ts";
import { sayPreview } from "./previewText.ts";

export interface PreviewOptions extends CommonOptions {
  diff?: boolean;
  refresh?: boolean;
  full?: boolean;
}

/** Says what `up` would do, without doing it. */
export async function preview(system: string | undefined, options: PreviewOptions): Promise<number> {
  const session = await openSession(options, system);
  checkDescribed(session);
  const look = !options.full && !options.refresh;
  const answer = look ? await asLeft(session) : { because: undefined };
  if ("said" in answer) {
    sayPreview({ session, notes: [], ...answer.said, planned: [], diff: false, engineLeftOut: true });
    return 0;
  }
  return await (await import("./previewFull.ts")).previewFull(session, answer.because, options);
}

async function asLeft(session: Session) {
  if (isHeld(session.home.runs, session.stack.name))
    return { because: "another command is at work on the stack" };
  return await asLastRunLeftIt(session);
}
