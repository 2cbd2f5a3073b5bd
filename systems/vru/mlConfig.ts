import { stringify } from "yaml";

/** What the ML engine is told. Times are in seconds. */
export interface MlConfig {
  /** `cuda` fails without a GPU, `auto` takes one where there is one. */
  device: "auto" | "cuda" | "cpu";
  /** Folder of models, which it only reads. */
  models: string;
  /** Inferences at a time. @default 2 */
  workers?: number;
  /** Frames that are looked at together. @default 8 on a GPU, else 1 */
  batchSize?: number;
  /** Least confidence of a detection that counts, from 0 to 1. @default 0.5 */
  confidence?: number;
  /** @default 30 */
  timeoutSeconds?: number;
}

/** `ml_config.yaml`. */
export function mlConfig(config: MlConfig): string {
  const { device, models, workers = 2, confidence = 0.5, timeoutSeconds = 30 } = config;
  const batchSize = config.batchSize ?? (device === "cuda" ? 8 : 1);
  return stringify({
    device,
    models: { folder: models },
    inference: { workers, batch_size: batchSize, confidence, timeout_seconds: timeoutSeconds },
  });
}
