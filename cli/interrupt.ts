import type { Engine } from "./engine/engine.ts";

/**
 * ^C while the engine runs: the first lets it finish the steps under way, the second stops it where it is, the third
 * kills it. Returns what takes the handlers away again, and whether there was one.
 */
export function onInterrupt(engine: Pick<Engine, "interrupt">, say: (text: string) => void) {
  let times = 0;
  const handler = (): void => {
    times++;
    if (times === 1) say("stopping after the steps under way; ^C again stops at once");
    engine.interrupt();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, handler);
  return {
    interrupted: () => times > 0,
    end: () => {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}

/** The exit code of a command that ^C ended. */
export const interruptedCode = 130;
