import type { HealthCheck } from "../../components/containers/health.ts";
import type { BuildArgs, Part } from "../definition.ts";
import { Worker } from "./worker.ts";

export function buildWorker(health: HealthCheck, { name, opts, application }: BuildArgs): Part {
  const worker = new Worker(name, { ...application(), health }, opts);
  return { resource: worker, watched: { others: [worker] } };
}
