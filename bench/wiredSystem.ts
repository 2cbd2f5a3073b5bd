/** A system's file with one service that answers with its container's id and with a word, and with a proxy before it. */
export const wiredSystem = `import { defineSystem, proxy, web } from "berth/system";
const serve = 'echo "$(busybox hostname) $WORD" >/tmp/index.html && exec busybox httpd -f -p 8000 -h /tmp';
export default defineSystem({
  name: "wired",
  network: "wired-network",
  services: {
    nginx: proxy({ cpus: 0.5, memory: 256, public: { routes: [{ path: "/", to: "answer" }] } }),
    answer: web({
      image: "busybox:1.37-musl",
      port: 8000,
      cpus: 0.5,
      memory: 64,
      minMemory: 32,
      replicas: 2,
      command: ["sh", "-c", serve],
    }),
  },
  pages: { application: "/" },
});
`;

/** What {@link wiredSystem} needs of Docker on each machine. */
export const wiredImages = ["nginx:1.30", "busybox:1.37-musl"];

/** As slow as an emulated machine is. */
export const wiredSettings = {
  override: {
    nginx: { startSeconds: 600 },
    answer: { healthCommand: ["busybox", "true"], healthSeconds: 120, startSeconds: 600 },
  },
};
