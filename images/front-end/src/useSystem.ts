import { useEffect, useState } from "react";
import { getMap, getReady, type Answer, type Ready } from "./api.ts";
import { emptyHistory, remember, type History } from "./history.ts";

const readyEveryMs = 1_000;
const mapEveryMs = 3_000;

/** Asks for as long as the page is shown; a new question only after the last answer, so a slow system isn't flooded. */
export function useSystem(): { history: History; map: Ready | undefined } {
  const [history, setHistory] = useState(emptyHistory);
  const [map, setMap] = useState<Ready>();
  useEffect(
    () => repeat(readyEveryMs, getReady, (answer) => setHistory((before) => remember(before, answer))),
    [],
  );
  useEffect(
    () => repeat(mapEveryMs, getMap, (answer) => setMap(answer.body?.dependencies ? answer.body : undefined)),
    [],
  );
  return { history, map };
}

/** Returns what stops it. */
function repeat<T>(
  everyMs: number,
  ask: () => Promise<Answer<T>>,
  tell: (answer: Answer<T>) => void,
): () => void {
  let timer: number | undefined;
  let stopped = false;
  const round = async (): Promise<void> => {
    if (!document.hidden) {
      const answer = await ask();
      if (stopped) return;
      tell(answer);
    }
    timer = window.setTimeout(() => void round(), everyMs);
  };
  void round();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
  };
}
