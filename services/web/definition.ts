import { applicationDefaults, type Application, type ApplicationOptions } from "../application/definition.ts";

export interface WebOptions<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
> extends ApplicationOptions<Service, Job, Volume> {
  port: number;
  /**
   * Listen on a unix socket in this volume instead of a port; the command comes from `onSocket`, but where the context says
   * `swarm`, whose machines share no socket. @default a port
   */
  socket?: { volume: Volume; folder: string };
  /**
   * Seconds the proxy keeps a connection to it open for the next request; 0 for gunicorn's sync workers.
   * @default the proxy's
   */
  keepAliveSeconds?: number;
}

export interface Web<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
>
  extends
    Application<Service, Job, Volume>,
    Pick<WebOptions<Service, Job, Volume>, "socket" | "keepAliveSeconds"> {}

/** An application that answers HTTP, in as many containers as settings say. */
export function web<
  const Service extends string = never,
  const Job extends string = never,
  const Volume extends string = never,
>(options: WebOptions<Service, Job, Volume>): Web<NoInfer<Service>, NoInfer<Job>, NoInfer<Volume>> {
  const { socket, keepAliveSeconds } = options;
  return {
    kind: "web",
    ...applicationDefaults,
    answers: true,
    ...options,
    build: async (args) => (await import("./build.ts")).buildWeb({ socket, keepAliveSeconds }, args),
  };
}
