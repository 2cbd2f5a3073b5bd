import { plainProgress, type Progress, type Step } from "../../toolchain/progress.ts";
import type { Output } from "../output.ts";
import { LiveArea, row, spinner } from "./live.ts";

export interface StepsView {
  progress: Progress;
  /** Ends the view, with one line for all that was there already. */
  stop: () => void;
}

/**
 * Shows long work step by step: what is finished scrolls away, what is under way is drawn anew. What was there already
 * is told unless `quiet`.
 */
export function showSteps(output: Output, { quiet = false } = {}): StepsView {
  const { view, stop } = output.live ? liveSteps(output) : plainSteps(output);
  const present: string[] = [];
  const step = (title: string): Step => {
    const shown = view.step(title);
    return {
      ...shown,
      skip(reason) {
        present.push(title);
        shown.skip(reason);
      },
    };
  };
  return {
    progress: { step },
    stop: () => {
      stop();
      if (present.length > 0 && !quiet)
        output.say(output.colour.dim(`= there already: ${present.join(", ")}`));
    },
  };
}

interface Steps {
  view: Progress;
  stop: () => void;
}

function plainSteps(output: Output): Steps {
  const all = plainProgress((line) => void output.stream.write(line));
  return {
    view: { step: (title) => ({ ...all.step(title), skip: () => undefined }) },
    stop: () => undefined,
  };
}

function liveSteps(output: Output): Steps {
  const { colour } = output;
  const open = new Map<object, { title: string; note: string }>();
  const area = new LiveArea(output.stream, (width) =>
    [...open.values()].map(({ title, note }) => row(spinner(), title, note, titleWidth, width)),
  );
  area.start();
  const step = (title: string): Step => {
    const key = {};
    open.set(key, { title, note: "" });
    const end = (sign: string, text: string): void => {
      open.delete(key);
      area.say(`${sign} ${title.padEnd(titleWidth)}  ${text}`);
    };
    return {
      note: (note) => void open.set(key, { title, note }),
      done: (outcome = "done") => {
        end(colour.green("✓"), outcome);
      },
      skip: () => void open.delete(key),
      fail: (reason) => {
        end(colour.red("✗"), reason);
      },
    };
  };
  return {
    view: { step },
    stop: () => {
      area.stop();
    },
  };
}

const titleWidth = 16;
