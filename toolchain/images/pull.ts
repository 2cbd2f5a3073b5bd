import type Dockerode from "dockerode";
import type { Credentials } from "./dockerConfig.ts";
import { follow, reasonOf, type EngineEvent } from "./engine.ts";
import { parseReference } from "../../lib/reference.ts";

/** Until a registry's first sign of life. The daemon itself waits for half a minute. */
const firstAnswerMs = 6_000;
const stallMs = 90_000;

/** What was learned about each registry in this run, so that only the first image waits for one that can't be reached. */
export type Registries = Map<string, Promise<string | undefined>>;

/** Pulls one image. Rejects with the reason in one line; at once when the registry is already known not to answer. */
export async function pull(
  docker: Dockerode,
  name: string,
  registries: Registries,
  credentials: Credentials | undefined,
  note: (text: string) => void,
): Promise<void> {
  const { registry } = parseReference(name);
  const known = registries.get(registry);
  if (known !== undefined) {
    const unreachable = await known;
    if (unreachable !== undefined) throw new Error(unreachable);
    return transfer(docker, name, credentials, note, () => undefined);
  }
  let tell: (unreachable: string | undefined) => void = () => undefined;
  registries.set(registry, new Promise((resolve) => (tell = resolve)));
  try {
    await transfer(docker, name, credentials, note, () => {
      tell(undefined);
    });
  } catch (error) {
    const reason = reasonOf(error);
    tell(isNetworkFailure(reason) ? reason : undefined);
    throw error;
  }
}

async function transfer(
  docker: Dockerode,
  name: string,
  credentials: Credentials | undefined,
  note: (text: string) => void,
  onAnswer: () => void,
): Promise<void> {
  const { registry } = parseReference(name);
  const abort = new AbortController();
  let late = `${registry} did not answer within ${firstAnswerMs / 1000} s`;
  let timer = setTimeout(() => {
    abort.abort();
  }, firstAnswerMs);
  const layers = new Map<string, EngineEvent>();
  try {
    const stream = await docker.pull(name, {
      abortSignal: abort.signal,
      ...(credentials === undefined ? {} : { authconfig: credentials }),
    });
    await follow(docker, stream, (event) => {
      if (event.error !== undefined) return;
      onAnswer();
      late = `${registry} sent nothing for ${stallMs / 1000} s`;
      clearTimeout(timer);
      timer = setTimeout(() => {
        abort.abort();
      }, stallMs);
      if (event.id !== undefined) layers.set(event.id, event);
      note(describe(layers));
    });
  } catch (error) {
    throw new Error(abort.signal.aborted ? late : shorten(reasonOf(error), registry), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** "pulling, 3 of 7 layers, 12 of 40 MB" */
export function describe(layers: ReadonlyMap<string, EngineEvent>): string {
  let complete = 0;
  let current = 0;
  let total = 0;
  for (const { status = "", progressDetail } of layers.values()) {
    if (/^(Pull complete|Already exists|Download complete)/.test(status)) complete++;
    if (status !== "Downloading") continue;
    current += progressDetail?.current ?? 0;
    total += progressDetail?.total ?? 0;
  }
  const megabytes = total > 0 ? `, ${Math.round(current / 1e6)} of ${Math.round(total / 1e6)} MB` : "";
  return `pulling, ${complete} of ${layers.size} layers${megabytes}`;
}

export function isNetworkFailure(reason: string): boolean {
  return /did not answer|sent nothing|not be reached|no such host|timeout|timed out|connection refused|network is unreachable|no route to host|certificate|TLS handshake|EOF|server gave HTTP response/i.test(
    reason,
  );
}

/** `Get "https://host/v2/": dial tcp: lookup host on 1.2.3.4:53: no such host` → the part that says something. */
function shorten(reason: string, registry: string): string {
  if (!isNetworkFailure(reason)) return reason;
  if (/did not answer|sent nothing/.test(reason)) return reason;
  return `${registry} could not be reached (${reason.split(": ").at(-1) ?? reason})`;
}
