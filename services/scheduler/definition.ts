import type { HealthCheck } from "../../components/containers/health.ts";
import { applicationDefaults, type Application, type ApplicationOptions } from "../application/definition.ts";
import { heartbeat } from "../worker/definition.ts";

export interface SchedulerOptions<
  Service extends string = string,
  Job extends string = string,
  Volume extends string = string,
> extends Omit<ApplicationOptions<Service, Job, Volume>, "health" | "replicas" | "maxReplicas"> {
  /** How it is asked whether it is healthy. @default it touches `/tmp/worker-heartbeat` every few seconds */
  healthCheck?: HealthCheck;
}

/** An application of which there is one at any moment, such as Celery's beat. */
export function scheduler<
  const Service extends string = never,
  const Job extends string = never,
  const Volume extends string = never,
>({
  healthCheck = heartbeat,
  ...options
}: SchedulerOptions<Service, Job, Volume>): Application<NoInfer<Service>, NoInfer<Job>, NoInfer<Volume>> {
  return {
    kind: "scheduler",
    ...applicationDefaults,
    graceSeconds: 30,
    maxReplicas: 1,
    ...options,
    placeable: false,
    build: async (args) => (await import("./build.ts")).buildScheduler(healthCheck, args),
  };
}
