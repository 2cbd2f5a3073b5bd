import { heartbeatHealth, type HealthCheck } from "../../components/containers/health.ts";
import { applicationDefaults, type Application, type ApplicationOptions } from "../application/definition.ts";

export interface WorkerOptions<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
  Queue extends string = string,
> extends Omit<ApplicationOptions<Service, Job, Volume>, "health"> {
  /** The queue it takes its work from. @default none */
  queue?: Queue;
  /** How it is asked whether it is healthy. @default it touches `/tmp/worker-heartbeat` every few seconds */
  healthCheck?: HealthCheck;
}

export interface Worker<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
  Queue extends string = string,
> extends Application<Service, Job, Volume> {
  queue?: Queue;
}

/** A file that it touches while it works: asking all workers over a queue is slow. */
export const heartbeat = heartbeatHealth("/tmp/worker-heartbeat", 15);

/** An application that takes its work from a queue, in as many containers as settings say. */
export function worker<
  const Service extends string = never,
  const Job extends string = never,
  const Volume extends string = never,
  const Queue extends string = never,
>({
  healthCheck = heartbeat,
  ...options
}: WorkerOptions<Service, Job, Volume, Queue>): Worker<
  NoInfer<Service>,
  NoInfer<Job>,
  NoInfer<Volume>,
  NoInfer<Queue>
> {
  return {
    kind: "worker",
    ...applicationDefaults,
    graceSeconds: 60,
    ...options,
    build: async (args) => (await import("./build.ts")).buildWorker(healthCheck, args),
  };
}
