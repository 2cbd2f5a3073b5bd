import Docker from "dockerode";

/** The engine that DOCKER_HOST names, else this machine's. */
export function openLocalDocker(): Docker {
  return new Docker();
}

/** True when containers run on the machine this command runs on, so that ports and disks can be looked at. */
export function isLocal(environment = process.env): boolean {
  const host = environment.DOCKER_HOST ?? "";
  return host === "" || host.startsWith("unix://") || host.startsWith("npipe://");
}

/** The part of `GET /info` we read. */
export interface EngineInfo {
  ID: string;
  /** The machine's host name. */
  Name: string;
  ServerVersion: string;
  DockerRootDir: string;
  NCPU: number;
  MemTotal: number;
  /** Names of its log drivers, installed ones too. */
  Plugins?: { Log?: readonly string[] | null };
}

export async function engineInfo(docker: Docker): Promise<EngineInfo> {
  return (await docker.info()) as EngineInfo;
}
