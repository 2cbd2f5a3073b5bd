import type { Answer, Ready } from "./api.ts";
import { colourOf, stripLength, tally } from "./history.ts";

const width = 10;
const height = 56;

/** The last answers, one bar each: colour is the release, height the time it took, red that it failed. */
export function Strip({ answers }: { answers: Answer<Ready>[] }) {
  const slowest = Math.max(20, ...answers.map(({ took }) => took));
  const offset = (stripLength - answers.length) * width;
  return (
    <section className="panel">
      <h2>Who answered</h2>
      <svg
        className="strip"
        viewBox={`0 0 ${stripLength * width} ${height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {Array.from({ length: stripLength - answers.length }, (_, index) => (
          <rect
            key={index}
            className="none"
            x={index * width + 1}
            y={height - 6}
            width={width - 2}
            height="6"
            rx="2"
          />
        ))}
        {answers.map((answer, index) => {
          const tall = 10 + (answer.took / slowest) * (height - 10);
          const colour = answer.status === 0 || answer.status >= 500 ? "failed" : colourOf(answer.release);
          return (
            <rect
              key={answer.at}
              className={colour}
              x={offset + index * width + 1}
              y={height - tall}
              width={width - 2}
              height={tall}
              rx="2"
            >
              <title>{`${new Date(answer.at).toLocaleTimeString()} ${answer.release || "nobody"} ${answer.container} ${answer.took} ms ${answer.error ?? ""}`}</title>
            </rect>
          );
        })}
      </svg>
      <ul className="legend">
        {tally(answers).map(({ release, containers }) => (
          <li key={release}>
            <span className={`swatch ${colourOf(release)}`} />
            <strong>{release || "no release"}</strong>
            {containers.map(({ name, count }) => (
              <span key={name} className="chip" title={`${count} of the last ${answers.length} answers`}>
                {name.slice(0, 12)} <em>{count}</em>
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
