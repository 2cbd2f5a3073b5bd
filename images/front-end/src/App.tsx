import { Actions } from "./Actions.tsx";
import { Diagram } from "./Diagram.tsx";
import { Failures } from "./Failures.tsx";
import { colourOf } from "./history.ts";
import { Strip } from "./Strip.tsx";
import { useSystem } from "./useSystem.ts";

export function App() {
  const { history, map } = useSystem();
  const last = history.answers.at(-1);
  const ready = last?.body?.dependencies ? last.body : undefined;
  const broken = history.incidents.filter(({ until }) => until === undefined);
  const state = last === undefined ? "unknown" : broken.length > 0 ? "broken" : "ok";
  return (
    <main>
      <header>
        <div>
          <h1>{ready?.service ?? "Berth"}</h1>
          <p className="quiet">{location.host}</p>
        </div>
        <div className="badges">
          {ready ? (
            <span className="badge">
              <span className={`swatch ${colourOf(ready.release)}`} />
              release <strong>{ready.release}</strong>
            </span>
          ) : null}
          <span className={`badge status ${state}`} role="status">
            <span className="lamp" />
            {verdict(
              state,
              broken.map(({ what }) => what),
            )}
          </span>
        </div>
      </header>
      <Diagram answer={last} map={map} />
      <Strip answers={history.answers} />
      <div className="columns">
        <Actions ready={ready} />
        <Failures incidents={history.incidents} />
      </div>
    </main>
  );
}

function verdict(state: string, broken: string[]): string {
  if (state === "unknown") return "asking …";
  if (state === "ok") return "everything is connected";
  return `${broken.join(", ")} down`;
}
