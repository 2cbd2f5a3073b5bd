import { get } from "node:http";

/** Where this machine's Docker Engine listens; nothing when DOCKER_HOST names another way to one. */
export function dockerSocket(environment = process.env): string | undefined {
  const host = environment.DOCKER_HOST ?? "";
  if (host === "") return "/var/run/docker.sock";
  return host.startsWith("unix://") ? host.slice("unix://".length) : undefined;
}

/**
 * One question to the Docker Engine; nothing where it knows no such thing. Asked directly, because loading dockerode
 * takes 0.15 s, a quarter of what a run with nothing to do may take.
 */
export async function askDocker(socketPath: string, path: string): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    const request = get({ socketPath, path, timeout: 10_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", reject).on("end", () => {
        const { statusCode = 0 } = response;
        if (statusCode === 404) resolve(undefined);
        else if (statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`docker: must answer 200 to ${path}, got ${statusCode}`));
      });
    });
    request.on("error", reject).on("timeout", () => request.destroy(new Error("docker: no answer")));
  });
}
