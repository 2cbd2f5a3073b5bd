/** The HTTP API of the reference application, as the page sees it. */

export interface Dependency {
  name: string;
  kind: string;
  ok: boolean;
  latency_ms?: number;
  error?: string;
  release?: string;
  host?: string;
  workers?: { worker: string; device: string; release: string }[];
  dependencies?: Dependency[];
}

export interface Ready {
  status: string;
  service: string;
  release: string;
  host: string;
  dependencies: Dependency[];
}

/** One answer, or the lack of one. */
export interface Answer<T> {
  at: number;
  /** Milliseconds. */
  took: number;
  /** 0 when nothing answered. */
  status: number;
  release: string;
  container: string;
  body?: T;
  error?: string;
}

const timeoutMs = 8_000;
const configured = (import.meta.env.VITE_API_BASE_URL as string | undefined) ?? "/api";
let base = configured.replace(/\/$/, "");

export const getReady = (): Promise<Answer<Ready>> => withFallback("/ready");
export const getMap = (): Promise<Answer<Ready>> => call<Ready>("GET", "/map");

export interface Items {
  count: number;
  items: { id: number; text: string; service: string; release: string; host: string; created_at: string }[];
}
export const getItems = (): Promise<Answer<Items>> => call<Items>("GET", "/items");
export const addItem = (text: string): Promise<Answer<{ id: number }>> => call("POST", "/items", { text });

export interface WorkDone {
  worker: string;
  release: string;
  device: string;
  took_ms: number;
}
export const submitWork = (payload: unknown): Promise<Answer<WorkDone>> =>
  call<WorkDone>("POST", "/work", { payload });

/** Behind a proxy that strips the prefix, or with none in front, the same paths are at the root. */
async function withFallback(path: string): Promise<Answer<Ready>> {
  const answer = await call<Ready>("GET", path);
  if (answer.body?.dependencies !== undefined || answer.status === 0 || answer.status >= 500 || base === "")
    return answer;
  base = "";
  return call<Ready>("GET", path);
}

async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const at = Date.now();
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  try {
    const response = await fetch(base + path, {
      method,
      cache: "no-store",
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const release = response.headers.get("x-release") ?? "";
    const container = response.headers.get("x-container") ?? "";
    const parsed = (await response.json().catch(() => undefined)) as (T & { error?: string }) | undefined;
    const error =
      parsed?.error ?? (response.ok || isReport(parsed) ? undefined : `answered ${response.status}`);
    return { at, took: took(), status: response.status, release, container, body: parsed, error };
  } catch (error) {
    const reason =
      (error as Error).name === "TimeoutError"
        ? `no answer within ${timeoutMs / 1000} s`
        : "could not be reached";
    return { at, took: took(), status: 0, release: "", container: "", error: reason };
  }
}

/** A 503 of /ready still says everything. */
function isReport(body: unknown): boolean {
  return typeof body === "object" && body !== null && "dependencies" in body;
}
