/** Where long work tells a person what it is doing. A terminal view and {@link plainProgress} both implement it. */
export interface Progress {
  step(title: string): Step;
}

/** One piece of work; exactly one of `done`, `skip` and `fail` ends it. */
export interface Step {
  /** What is happening right now; a view may show only the latest. */
  note(detail: string): void;
  done(outcome?: string): void;
  /** Nothing had to be done, and why. */
  skip(reason: string): void;
  fail(reason: string): void;
}

/** A log that grows a line a second is not read; the view on a terminal shows every note. */
const NOTE_EVERY_MS = 10_000;

/**
 * One uncoloured line an event, for logs and pipes. Of the notes of one step, at most one every 10 s is written.
 *
 * @param now milliseconds; a test gives its own
 */
export function plainProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  return {
    step: (title) =>
      plainStep((text) => {
        write(`${title}: ${text}\n`);
      }, now),
  };
}

function plainStep(say: (text: string) => void, now: () => number): Step {
  return {
    note: spaced(say, now),
    done: (outcome = "done") => {
      say(outcome);
    },
    skip: (reason) => {
      say(reason);
    },
    fail: (reason) => {
      say(`failed, ${reason}`);
    },
  };
}

/** Says at most one thing every 10 s, and is silent about the rest. */
export function spaced(say: (text: string) => void, now: () => number = Date.now): (text: string) => void {
  let quietUntil = -Infinity;
  return (text) => {
    if (now() < quietUntil) return;
    quietUntil = now() + NOTE_EVERY_MS;
    say(text);
  };
}

/** Notes what is going on, and every second how long it has been; work that says nothing still shows a pulse. */
export function ticking(step: Step, first: string): { note: (text: string) => void; stop: () => void } {
  const started = Date.now();
  let text = first;
  const show = (): void => {
    step.note(`${text}, ${Math.round((Date.now() - started) / 1000)} s`);
  };
  const timer = setInterval(show, 1_000).unref();
  show();
  return {
    note: (next) => void (text = next),
    stop: () => {
      clearInterval(timer);
    },
  };
}
