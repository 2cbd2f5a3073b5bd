import { statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { docker, exec, inspect } from "../tools/docker.ts";
import type { LiveStack } from "../tools/stack.ts";
import { sleep, until } from "../tools/wait.ts";

/** What alerts are about, done to a real system. */

/** Kills a container's main process, as the kernel would, until it has started this often anew. */
export async function restart(stack: LiveStack, service: string, times: number): Promise<void> {
  const [found] = await stack.containers(service);
  const id = found?.id ?? "";
  for (let time = 0; time < times; time++) {
    const { State } = await inspect(id);
    process.kill(State.Pid, "SIGKILL");
    await until("it runs again", 60, async () => {
      const now = await inspect(id);
      return now.State.Running && now.State.Pid !== State.Pid;
    });
    // Two starts between two looks would count as one.
    await sleep(35);
  }
}

/** Has a container take this share of its memory until it is stopped, by a process beside its own. */
export async function fillMemory(stack: LiveStack, service: string, share: number): Promise<void> {
  const [found] = await stack.containers(service);
  const container = docker.getContainer(found?.id ?? "");
  const { memory_stats } = await container.stats({ stream: false });
  const bytes = Math.floor(memory_stats.limit * share - memory_stats.usage);
  const program = `import time; kept = b"x" * ${bytes}; time.sleep(600)`;
  const run = await container.exec({ Cmd: ["python", "-W", "ignore", "-c", program] });
  await run.start({ Detach: true });
}

/** Asks a service for answers that take this long, many at a time, for as long as the signal says. */
export async function slow(stack: LiveStack, service: string, port: number, seconds: number): Promise<void> {
  const [found] = await stack.containers(service);
  const url = `http://127.0.0.1:${port}/slow?seconds=${seconds}`;
  const loop = `for i in 1 2 3 4 5 6 7 8; do (for j in $(seq 60); do curl -s -o /dev/null '${url}'; done) & done; wait`;
  await exec(found?.id ?? "", ["sh", "-c", loop]);
}

/** Leaves facts where whoever backs up or has certificates leaves theirs. */
export async function leaveFacts(stack: LiveStack, image: string, lines: readonly string[]): Promise<void> {
  const text = `${lines.join("\n")}\n`;
  const container = await docker.createContainer({
    Image: image,
    User: "65534:65534",
    Entrypoint: ["sh", "-c"],
    Cmd: [`printf '%s' "$FACTS" > /facts/.test.prom && mv /facts/.test.prom /facts/test.prom`],
    Env: [`FACTS=${text}`],
    Labels: { "berth.stack": stack.name, "berth.role": "test" },
    HostConfig: {
      NetworkMode: "none",
      Mounts: [{ Type: "volume", Source: `${stack.name}-monitoring-facts`, Target: "/facts" }],
    },
  });
  await container.start();
  await container.wait();
}

/** Listens on the stack's network under this name, by HTTP on 8000 and SMTP on 2525, and tells in its log what it is sent. */
export async function receiver(stack: LiveStack, name: string, image: string): Promise<string> {
  const program = `
import asyncore, http.server, smtpd, threading
class Mail(smtpd.SMTPServer):
    def process_message(self, peer, sender, people, data, **rest):
        print("mail from", sender, "to", ", ".join(people), data.decode(), flush=True)
Mail(("0.0.0.0", 2525), None)
threading.Thread(target=asyncore.loop, daemon=True).start()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.path, self.rfile.read(int(self.headers["content-length"])).decode(), flush=True)
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("", 8000), Handler).serve_forever()`;
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: ["python", "-c", program],
    Labels: { "berth.stack": stack.name, "berth.role": "test" },
    HostConfig: { NetworkMode: stack.name },
    NetworkingConfig: { EndpointsConfig: { [stack.name]: { Aliases: [name] } } },
  });
  await container.start();
  return container.id;
}

/** A small disk of its own that can be filled without harm. */
export class Disk {
  private constructor(private readonly mountpoint: string) {}

  /** @returns why this machine has none to give, where it hasn't */
  static async mount(folder: string): Promise<Disk | { reason: string }> {
    const [image, mountpoint] = [join(folder, "disk.img"), join(folder, "disk")];
    const script = `truncate -s 64M ${image} && mkfs.ext4 -q -m 0 ${image} && mkdir ${mountpoint} && mount -o loop ${image} ${mountpoint} && chmod 755 ${mountpoint}`;
    const { exitCode, stderr } = await execa("sh", ["-c", script], { reject: false });
    return exitCode === 0 ? new Disk(mountpoint) : { reason: `no disk can be mounted here: ${stderr}` };
  }

  /** Leaves a twentieth of what was free. */
  async fill(): Promise<void> {
    const { bavail, bsize } = await statfs(this.mountpoint);
    await writeFile(join(this.mountpoint, "filling"), Buffer.alloc(Math.floor(bavail * bsize * 0.95)));
  }

  async unmount(): Promise<void> {
    await execa("umount", ["--lazy", this.mountpoint], { reject: false });
  }
}
