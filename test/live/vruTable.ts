/** VRU's services as docs/systems/vru.md has them: image, cores, MiB, and the MiB that it can't do without. */
const table = {
  nginx: ["nginx:1.30", 1, 128, 32],
  "api-gateway": ["berth/reference-app:1", 3, 3072, 192],
  "ml-engine": ["berth/reference-app:1", 4, 4096, 192],
  "camera-service": ["berth/reference-app:1", 1, 512, 160],
  "validation-engine": ["berth/reference-app:1", 1, 1024, 160],
  frontend: ["berth/front-end:1", 1, 1024, 32],
  postgres: ["postgres:15", 2, 2048, 128],
  redis: ["redis:7", 0.5, 256, 32],
  prometheus: ["prom/prometheus:v2.53.4", 1, 512, 128],
  alertmanager: ["prom/alertmanager:v0.28.1", 0.25, 64, 32],
  grafana: ["grafana/grafana:11.6.0", 0.5, 256, 128],
  cadvisor: ["gcr.io/cadvisor/cadvisor:v0.52.1", 0.25, 192, 96],
  "node-exporter": ["prom/node-exporter:v1.9.1", 0.25, 64, 32],
  "postgres-exporter": ["prometheuscommunity/postgres-exporter:v0.17.1", 0.25, 64, 32],
  "redis-exporter": ["oliver006/redis_exporter:v1.67.0-alpine", 0.25, 64, 32],
  "nginx-exporter": ["nginx/nginx-prometheus-exporter:1.4.1", 0.25, 64, 32],
} as const;

export type VruService = keyof typeof table;

export interface Row {
  image: string;
  cpus: number;
  memory: number;
}

/**
 * The table on a machine with so many cores and MiB, worked out without the program's own code: nobody has more cores
 * than there are; memory is multiplied by the largest factor with which all together have nine tenths of the
 * machine's, and nobody less than its least.
 */
export function rowsOn(cores: number, mebibytes: number, without: VruService[]): Record<VruService, Row> {
  const room = Math.floor(Math.floor(mebibytes) * 0.9);
  const services = Object.entries(table).map(([name, [image, cpus, memory, least]]) => ({
    name: name as VruService,
    image,
    cpus: Math.min(cpus, cores),
    memory: Math.min(memory, room),
    least,
  }));
  // The small number is against rounding: 29 times 1/29 may come out below 1.
  const scaled = (factor: number) =>
    services.map(({ memory, least }) => Math.max(least, Math.floor(memory * factor + 1e-6)));
  const present = services.map(({ name }) => !without.includes(name));
  const fits = (factor: number) =>
    scaled(factor).reduce((sum, memory, index) => sum + (present[index] ? memory : 0), 0) <= room;
  // A service's memory changes only where the factor makes it another whole number.
  const factors = services.flatMap(({ memory }) =>
    Array.from({ length: memory }, (_, n) => (n + 1) / memory),
  );
  const largest = factors.filter(fits).reduce((most, factor) => Math.max(most, factor), 0);
  const memories = scaled(largest);
  const rows = services.map(({ name, image, cpus }, index) => [
    name,
    { image, cpus, memory: memories[index] },
  ]);
  return Object.fromEntries(rows) as Record<VruService, Row>;
}
