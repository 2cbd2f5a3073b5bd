import { useCallback, useEffect, useState } from "react";
import { addItem, getItems, submitWork, type Answer, type Items, type Ready } from "./api.ts";

/** Lets a person use the system: a row in the database, a job for the worker. */
export function Actions({ ready }: { ready: Ready | undefined }) {
  const has = (kind: string): boolean =>
    ready?.dependencies.some((dependency) => dependency.kind === kind) ?? false;
  return (
    <section className="panel">
      <h2>Try it</h2>
      {has("postgres") ? <Rows /> : <p className="quiet">This service was given no database.</p>}
      {has("queue") ? <Work /> : null}
    </section>
  );
}

function Rows() {
  const [items, setItems] = useState<Items>();
  const action = useAction();
  const refresh = useCallback(async () => {
    const answer = await getItems();
    if (answer.status === 200) setItems(answer.body);
  }, []);
  useEffect(() => void refresh(), [refresh]);

  const write = (): void =>
    void action.run(async () => {
      const answer = await addItem("written in the browser");
      await refresh();
      return answer.body?.id === undefined
        ? fail(answer)
        : `row ${answer.body.id}, by ${answer.release} in ${answer.took} ms`;
    });
  return (
    <div className="action">
      <button onClick={write} disabled={action.busy}>
        Write a row
      </button>
      <output className="count" aria-label="Rows in the table">
        {items?.count ?? "–"}
      </output>
      <span className="quiet">{action.outcome ?? "rows in the table"}</span>
    </div>
  );
}

function Work() {
  const action = useAction();
  const submit = (): void =>
    void action.run(async () => {
      const answer = await submitWork({ from: "the browser" });
      const done = answer.body;
      if (answer.status !== 200 || done === undefined) return fail(answer);
      return `${done.worker.slice(0, 12)} (${done.device}, ${done.release}) took ${done.took_ms} ms, ${answer.took} ms in all`;
    });
  return (
    <div className="action">
      <button onClick={submit} disabled={action.busy}>
        Submit work
      </button>
      <span className="quiet">{action.outcome ?? "goes through the queue to a worker and back"}</span>
    </div>
  );
}

function useAction() {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<string>();
  const run = async (work: () => Promise<string>): Promise<void> => {
    setBusy(true);
    setOutcome(await work());
    setBusy(false);
  };
  return { busy, outcome, run };
}

function fail(answer: Answer<unknown>): string {
  return `failed: ${answer.error ?? `answered ${answer.status}`}`;
}
