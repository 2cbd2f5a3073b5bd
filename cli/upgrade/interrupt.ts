const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How ^C ends work that can be taken back, until it can't be any more. */
export interface Interrupt {
  /** Whether there was one in time. */
  signal: AbortSignal;
  /** From here on the work goes on to its end. */
  past: () => void;
  end: () => void;
}

export function interruptible(say: (line: string) => void): Interrupt {
  const ending = new AbortController();
  let late = false;
  const handler = (): void => {
    if (late || ending.signal.aborted) {
      say("it goes on to its end, for what was stopped is to run again");
      return;
    }
    say("stopping: the data stays as it was, and what was stopped starts again");
    ending.abort();
  };
  for (const signal of signals) process.on(signal, handler);
  return {
    signal: ending.signal,
    past: () => {
      late = true;
    },
    end: () => {
      for (const signal of signals) process.off(signal, handler);
    },
  };
}
