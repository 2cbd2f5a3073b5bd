import { asLastRunLeftIt } from "../lastRun/lastRun.ts";
import { checkDescribed, openSession, type CommonOptions } from "../session.ts";
import { hold } from "../state/locks.ts";
import { sayUp } from "./upText.ts";

export interface UpOptions extends CommonOptions {
  newEngine?: boolean;
  full?: boolean;
}

/** Brings a system up, or to what its settings say now. Returns the exit code. */
export async function up(system: string | undefined, options: UpOptions): Promise<number> {
  const session = await openSession(options, system);
  checkDescribed(session);
  const held = await hold(session.home.runs, session.stack.name, "berth up");
  const { newEngine, full } = options;
  const look = "release" in held && !newEngine && !full;
  const answer = look ? await asLastRunLeftIt(session) : { because: undefined };
  if ("result" in answer) {
    sayUp({ session, ...answer.result, milliseconds: performance.now(), engineLeftOut: true });
    return 0;
  }
  const { because } = answer;
  return await (await import("./upFull.ts")).upFull({ session, held, because, newEngine });
}
