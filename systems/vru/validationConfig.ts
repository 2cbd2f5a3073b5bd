import { stringify } from "yaml";

/** What the validation engine is told. */
export interface ValidationConfig {
  /** Where the ML engine and the cameras answer. */
  mlEngine: string;
  cameras: string;
  /** Validations at a time. @default 4 */
  parallel?: number;
  /** Times a failed step is tried again. @default 2 */
  retries?: number;
  /** Seconds a validation may take. @default 300 */
  timeoutSeconds?: number;
  /** Least share a model has to reach, from 0 to 1. @default 0.9 */
  precision?: number;
  /** @default 0.85 */
  recall?: number;
  /** Most milliseconds an inference may take. @default 100 */
  latencyMilliseconds?: number;
}

/** `validation_config.yaml`. */
export function validationConfig(config: ValidationConfig): string {
  const { mlEngine, cameras, parallel = 4, retries = 2, timeoutSeconds = 300 } = config;
  const { precision = 0.9, recall = 0.85, latencyMilliseconds = 100 } = config;
  return stringify({
    services: { ml_engine: mlEngine, cameras },
    workflow: { parallel, retries, timeout_seconds: timeoutSeconds },
    thresholds: { precision, recall, latency_ms: latencyMilliseconds },
  });
}
