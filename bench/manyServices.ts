/** A system's file with so many containers that do nothing and are healthy. */
export function manyServices(count: number): string {
  return `import { defineSystem, worker } from "berth/system";
const idle = worker({
  image: "redis:7",
  user: "999:999",
  cpus: 0.1,
  memory: 32,
  minMemory: 16,
  graceSeconds: 1,
  command: ["sleep", "infinity"],
  healthCheck: { test: ["CMD", "true"] },
});
const names = Array.from({ length: ${count} }, (_, index) => \`idle\${index + 1}\`);
export default defineSystem({
  name: "many",
  network: "many-network",
  services: Object.fromEntries(names.map((name) => [name, idle])),
  pages: {},
});
`;
}
