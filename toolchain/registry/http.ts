import { EnvHttpProxyAgent, fetch } from "undici";

/** Until the first byte of an answer; a registry that is slower isn't there. */
const answerMs = 8_000;
/** All of a manifest or a config, a few kilobytes. */
const wholeMs = 20_000;

export interface Answer {
  status: number;
  header(name: string): string | undefined;
  body: Buffer;
}

export interface Question {
  method?: "GET" | "HEAD" | "POST";
  headers?: Record<string, string>;
  /** Of a form. @default none */
  body?: URLSearchParams;
}

/** Asks one URL, by the machine's proxy where it has one. Rejects with a reason in a few words. */
export type Ask = (url: string, question?: Question) => Promise<Answer>;

const proxied = new EnvHttpProxyAgent({
  headersTimeout: answerMs,
  bodyTimeout: wholeMs,
  connect: { timeout: answerMs },
});

export const ask: Ask = async (url, { method = "GET", headers = {}, body: form } = {}) => {
  const signal = AbortSignal.timeout(wholeMs);
  try {
    // A login isn't shown to another host that an answer leads to (https://fetch.spec.whatwg.org/#http-redirect-fetch).
    const response = await fetch(url, {
      method,
      headers,
      signal,
      dispatcher: proxied,
      ...(form && { body: form }),
    });
    const body = Buffer.from(await response.arrayBuffer());
    return { status: response.status, header: (name) => response.headers.get(name) ?? undefined, body };
  } catch (error) {
    throw new Error(`${new URL(url).host} could not be reached (${reasonIn(error)})`, { cause: error });
  }
};

/** The innermost cause is the one that says something. */
export function reasonIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer";
  if (/(?:Headers|Body|Connect)Timeout/.test(error.name)) return "no answer";
  if (error instanceof AggregateError && error.errors.length > 0) return reasonIn(error.errors[0]);
  return error.cause === undefined ? error.message : reasonIn(error.cause);
}
