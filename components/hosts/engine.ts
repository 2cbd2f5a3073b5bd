import Docker from "dockerode";
import type { Capacity } from "../containers/host.ts";
import { PlainError } from "../../lib/plainError.ts";

/** What a Docker Engine says of itself and its machine. */
export interface EngineFacts {
  /** Changes with the machine, or when Docker's data is thrown away. */
  id: string;
  /** `20.10.24`. */
  version: string;
  capacity: Capacity;
  /** Name, `name:tag` and `name@digest` → image id. */
  images: ReadonlyMap<string, string>;
}

/** The part of a Docker client that is used. Its own types are no dependency of the package. */
export interface EngineClient {
  info(): Promise<unknown>;
  listImages(): Promise<
    { Id: string; RepoTags?: string[] | undefined; RepoDigests?: string[] | undefined }[]
  >;
}

/** Asks the engine this machine's docker client would ask. Throws an error that names the fix. */
export async function engineFacts(docker: EngineClient = new Docker()): Promise<EngineFacts> {
  const [info, images] = await Promise.all([askInfo(docker), docker.listImages()]).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlainError(
      `host: must have a Docker Engine that answers, got "${reason}"; start Docker or set DOCKER_HOST`,
    );
  });
  return {
    id: info.ID,
    version: info.ServerVersion,
    capacity: {
      cpus: info.NCPU,
      memory: Math.floor(info.MemTotal / 1024 / 1024),
      gpus: info.Runtimes.nvidia ? 1 : 0,
    },
    images: new Map(
      images.flatMap((image) =>
        [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].map((name) => [name, image.Id]),
      ),
    ),
  };
}

/** The part of `GET /info` we read (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System). */
interface Info {
  ID: string;
  ServerVersion: string;
  NCPU: number;
  MemTotal: number;
  Runtimes: Record<string, unknown>;
}

async function askInfo(docker: EngineClient): Promise<Info> {
  return (await docker.info()) as Info;
}
