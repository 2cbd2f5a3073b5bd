/** What answers every request with a word of its environment. */
export const serve = 'echo "$WORD" >/tmp/index.html && exec busybox httpd -f -p 8000 -h /tmp';

/** What it runs in, on each machine. */
export const wiredImage = "busybox:1.37-musl";
export const wiredNetwork = "wired-network";

/** A system's file with that as its one service, in two containers. Slow as an emulated machine is, it has time. */
export const wiredSystem = `import { defineSystem, worker } from "berth/system";
export default defineSystem({
  name: "wired",
  network: "${wiredNetwork}",
  services: {
    answer: worker({
      image: "${wiredImage}",
      cpus: 0.5,
      memory: 64,
      minMemory: 32,
      replicas: 2,
      command: ["sh", "-c", ${JSON.stringify(serve)}],
      healthCheck: { test: ["CMD", "busybox", "true"], timeoutSeconds: 120, startSeconds: 600 },
    }),
  },
  pages: {},
});
`;
