import type { ServiceRow } from "../definition.ts";
import { exporterRow } from "../monitoring/definition.ts";
import type { Proxy, ProxyOptions } from "./options.ts";

/** What answers for every HTTP service of its project inside, and, with `public`, what the public gets. */
export function proxy<
  const Service extends string = never,
  const Volume extends string = never,
  const Zone extends string = never,
>(options: ProxyOptions<Service, Volume, Zone>): Proxy<NoInfer<Service>, NoInfer<Volume>, NoInfer<Zone>> {
  const { public: publicly, mounts, largeBodies } = options;
  return {
    kind: "proxy",
    ...proxyDefaults,
    ...options,
    phase: "proxy",
    exporter: { name: publicly && "nginx-exporter", row: nginxExporter },
    build: async (args) =>
      (await import("./build.ts")).buildProxy({ public: publicly, mounts, largeBodies }, args),
  };
}

const proxyDefaults = {
  image: "nginx:1.30",
  user: "101:101",
  minMemory: 32,
  maxReplicas: 1,
  replicas: 1,
  graceSeconds: 35,
};

const nginxExporter: ServiceRow = {
  ...exporterRow,
  image: "nginx/nginx-prometheus-exporter:1.4.1",
  port: 9113,
};

/** The entry for a service that is placed on a machine beside the stack's own. */
export const entryRow: ServiceRow = { ...proxyDefaults, cpus: 0.5, memory: 64 };

/** Carries files into volumes on every host, see Scope.filesImage. */
export const filesImage = proxyDefaults.image;
