/** One answer as JSON; throws when it isn't 2xx, with the start of what came instead. */
export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(15_000), ...init });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body.slice(0, 300)}`);
  return JSON.parse(body) as T;
}

export function post<T>(url: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json" };
  return json<T>(url, { method: "POST", headers, body: JSON.stringify(body) });
}

/** The status alone, 0 when nothing answered. */
export async function status(url: string, init?: RequestInit): Promise<number> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(15_000), ...init }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status ?? 0;
}

/** What a service was handed → how that is. */
export function reached(ready: Ready): Record<string, string> {
  return Object.fromEntries(
    ready.dependencies.map(({ name, kind, ok, error }) => [
      name,
      `${kind} ${ok ? "ok" : (error ?? "failed")}`,
    ]),
  );
}

/** What `/ready` of the reference application says. */
export interface Ready {
  status: "ready" | "not ready";
  service: string;
  release: string;
  host: string;
  dependencies: { name: string; kind: string; ok: boolean; error?: string; release?: string }[];
}
