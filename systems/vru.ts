import { stringify } from "yaml";
import {
  type Context,
  defineSystem,
  gunicorn,
  postgres,
  proxy,
  redis,
  reloadingUvicorn,
  site,
  tuned,
  web,
} from "./define.ts";

const modelsFolder = "/models";

/** Two workers, or one for each core. */
const api = {
  command: ({ service: { port, limits } }: Context<never>) =>
    gunicorn({
      app: "app.asgi:app",
      workerClass: "uvicorn.workers.UvicornWorker",
      workers: Math.max(2, Math.floor(limits.cpus)),
      bind: `0.0.0.0:${port}`,
    }),
  developmentCommand: ({ service: { port } }: Context<never>) =>
    reloadingUvicorn({ app: "app.asgi:app", port }),
};

/** VRU: validation of AI models, four services behind one gateway, with data in folders, monitored as a whole. */
export const vru = defineSystem({
  name: "vru",
  network: "vru-network",
  services: {
    nginx: proxy({
      cpus: 1,
      memory: 128,
      public: {
        preset: "strict",
        rate: "client",
        maxBodyMegabytes: 100,
        routes: [
          { path: "/api/", to: "api-gateway", rate: "api" },
          // Metrics are Prometheus's to read and not the public's.
          { path: "/api/metrics", to: { answer: 404 } },
          { path: "/metrics", to: { answer: 404 } },
          { path: "/docs", to: "api-gateway" },
          { path: "/openapi.json", exact: true, to: "api-gateway" },
          { path: "/health", exact: true, to: "api-gateway" },
          { path: "/", to: "frontend" },
        ],
      },
    }),
    "api-gateway": web({
      ...api,
      port: 8000,
      cpus: 3,
      memory: 3072,
      minMemory: 192,
      uses: ["postgres", "redis", "ml-engine", "camera-service", "validation-engine"],
    }),
    "ml-engine": web({
      ...api,
      port: 8001,
      cpus: 4,
      memory: 4096,
      minMemory: 192,
      graceSeconds: 60,
      uses: ["redis"],
      gpu: true,
      files: {
        "ml_config.yaml": {
          variable: "ML_CONFIG",
          content: ({ gpu }) => mlConfig({ device: gpu ? "cuda" : "cpu", models: modelsFolder }),
        },
      },
      mounts: [{ volume: "models", target: modelsFolder }],
    }),
    "camera-service": web({
      ...api,
      port: 8002,
      cpus: 1,
      memory: 512,
      minMemory: 160,
      uses: ["redis"],
    }),
    "validation-engine": web({
      ...api,
      port: 8003,
      cpus: 1,
      memory: 1024,
      minMemory: 160,
      uses: ["postgres", "redis", "ml-engine", "camera-service"],
      files: {
        "validation_config.yaml": {
          variable: "VALIDATION_CONFIG",
          content: ({ url }) =>
            validationConfig({ mlEngine: url("ml-engine"), cameras: url("camera-service") }),
        },
      },
    }),
    frontend: site({ cpus: 1, memory: 1024, api: "api-gateway" }),
    postgres: postgres({
      cpus: 2,
      memory: 2048,
      database: "vru",
      role: "vru",
      parameters: ({ service }) => tuned({ memory: service.limits.memory, connections: 200 }),
      confFile: true,
    }),
    redis: redis({ cpus: 0.5, memory: 256 }),
  },
  volumes: {
    models: { keeps: "folder", of: "ml-engine", permissions: "0755" },
    backups: { keeps: "folder", of: "postgres" },
  },
  rates: {
    api: { requests: 200, per: "second", burst: 400 },
    client: { requests: 500, per: "second", burst: 1000 },
  },
  folders: true,
  watched: true,
  pages: { application: "/", documentation: "/docs", health: "/health" },
});

/** What the ML engine is configured with. Times are in seconds. */
export interface MlConfig {
  /** `cuda` fails without a GPU, `auto` takes one where there is one. */
  device: "auto" | "cuda" | "cpu";
  /** Folder of models, which it only reads. */
  models: string;
  /** Inferences at a time. @default 2 */
  workers?: number;
  /** Frames in one batch. @default 8 on a GPU, else 1 */
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

/** What the validation engine is configured with. */
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
