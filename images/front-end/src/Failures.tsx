import type { Incident } from "./history.ts";

export function Failures({ incidents }: { incidents: Incident[] }) {
  return (
    <section className="panel">
      <h2>What failed</h2>
      {incidents.length === 0 ? <p className="quiet">Nothing since this page was opened.</p> : null}
      <ol className="incidents">
        {incidents.map((incident) => (
          <li
            key={`${incident.what}-${incident.since}`}
            className={incident.until === undefined ? "open" : "over"}
          >
            <time>{new Date(incident.since).toLocaleTimeString()}</time>
            <div>
              <strong>{incident.what}</strong>
              <span className="length">
                {incident.until === undefined ? "still down" : lasted(incident.until - incident.since)}
              </span>
              <p>{incident.reason}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function lasted(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 60 ? `for ${seconds} s` : `for ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
