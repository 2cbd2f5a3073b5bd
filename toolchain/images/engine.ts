import type Dockerode from "dockerode";

/** What is known of an image the engine has. */
export interface Present {
  id: string;
  /** Hash of the inputs it was built from, when we built it. */
  recipe: string | undefined;
}

/** undefined when the engine doesn't have it. */
export async function inspectImage(docker: Dockerode, name: string): Promise<Present | undefined> {
  try {
    const found = await docker.getImage(name).inspect();
    const labels = (found.Config.Labels as Record<string, string> | null) ?? {};
    return {
      id: found.Id,
      recipe: labels["berth.recipe"] ?? (labels["berth.standin"] === "true" ? "" : undefined),
    };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** One line of the engine's answer to a pull, a build or an import. */
export interface EngineEvent {
  stream?: string;
  status?: string;
  error?: string;
  id?: string;
  progressDetail?: { current?: number; total?: number };
}

/** Reads such an answer to its end. Rejects with the engine's own words when it reports an error. */
export async function follow(
  docker: Dockerode,
  stream: NodeJS.ReadableStream,
  onEvent: (event: EngineEvent) => void = () => undefined,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const finished = (error: Error | null, events: EngineEvent[] = []): void => {
      const failure = error?.message ?? events.find((event) => event.error !== undefined)?.error;
      if (failure === undefined) resolve();
      else reject(new Error(failure));
    };
    docker.modem.followProgress(stream, finished, onEvent);
  });
}

/** Removes the image a rebuild has replaced. One that a container still uses stays. */
export async function forget(docker: Dockerode, id: string): Promise<void> {
  try {
    const { RepoTags: tags } = (await docker.getImage(id).inspect()) as { RepoTags: string[] | null };
    if ((tags ?? []).length === 0) await docker.getImage(id).remove();
  } catch (error) {
    if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
}

export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === "number" ? status : undefined;
}

/** The engine's words without the wrapping dockerode puts around them. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .replace(/(: manifest unknown)+\s*$/, "")
    .trim();
  return line.split("\n")[0] ?? line;
}
