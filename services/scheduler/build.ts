import type { HealthCheck } from "../../components/containers/health.ts";
import type { BuildArgs, Part } from "../definition.ts";
import { Scheduler } from "./scheduler.ts";

export function buildScheduler(health: HealthCheck, { name, opts, application }: BuildArgs): Part {
  const scheduler = new Scheduler(name, { ...application(), health }, opts);
  return { resource: scheduler, watched: { others: [scheduler] } };
}
