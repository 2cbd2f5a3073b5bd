import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bootConf, nginxConf } from "../../services/proxy/conf.ts";
import type { ProxyModel } from "../../services/proxy/model.ts";
import { releaseScript } from "../../services/proxy/release.ts";
import { prepareImages } from "../tools/prepare.ts";
import { until } from "../tools/wait.ts";

const run = promisify(execFile);

export interface Outcome {
  code: number;
  output: string;
  seconds: number;
}

const proxyImage = "nginx:1.30";
const replicaImage = "python:3.11-slim";
const replicaProgram = fileURLToPath(new URL("nginx-upstream.py", import.meta.url));
const confined = "--user 101 --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges";

/** A proxy as confined as in production, on a network of its own, and replicas that come and go. */
export class Rig {
  readonly network = `berth-test-nginx-${process.pid}`;
  private readonly containers = new Set<string>();
  private folder = "";
  /** Of the proxy in its network. */
  address = "";

  /** Starts the proxy as it starts before a first release; `files` stand below `/data`. */
  static async start(
    listeners: Pick<ProxyModel, "listeners" | "inner">,
    files: Readonly<Record<string, string>> = {},
  ): Promise<Rig> {
    await prepareImages([proxyImage, replicaImage]);
    const rig = new Rig();
    rig.folder = await mkdtemp(join(tmpdir(), "berth-nginx-"));
    await chmod(rig.folder, 0o755);
    await rig.write("live/nginx.conf", bootConf(listeners));
    await rig.write("candidate/nginx.conf", "");
    await rig.write("sockets/.keep", "");
    for (const [path, text] of Object.entries(files)) await rig.write(`data/${path}`, text);
    await rig.createNetwork();
    const command = [proxyImage, "-c", "/live/nginx.conf", "-g", "daemon off;"];
    await rig.run("proxy", `${confined} --entrypoint nginx ${rig.volumes()}`, command);
    rig.address = await rig.addressOf("proxy");
    return rig;
  }

  get url(): string {
    return `http://${this.address}`;
  }

  /** A replica's name in the network, and its container's. */
  host(name: string): string {
    return `${this.network}-${name}`;
  }

  /** Listens on port 8000, or on the socket `/sockets/NAME.sock`; it listens once this resolves. */
  async replica(name: string, kind: "port" | "socket" = "port", options = ""): Promise<void> {
    const place = kind === "port" ? "8000" : `/sockets/${name}.sock`;
    const mounts = `-v ${replicaProgram}:/upstream.py:ro -v ${this.folder}/sockets:/sockets`;
    await this.run(name, `--init ${mounts} ${options}`, [
      replicaImage,
      "python",
      "/upstream.py",
      name,
      place,
    ]);
    await this.listens(
      name,
      kind === "port"
        ? `socket.create_connection(("127.0.0.1", 8000))`
        : `socket.socket(socket.AF_UNIX).connect("${place}")`,
    );
  }

  /** Resolves once a container's own Python connects. */
  async listens(name: string, connect: string): Promise<void> {
    await until(`${name} listens`, 60, async () => {
      await this.docker("exec", this.host(name), "python", "-c", `import socket; ${connect}`);
      return true;
    });
  }

  /** Starts a container and remembers it. `options` are parted by spaces, `command` begins with the image. */
  async run(name: string, options: string, command: readonly string[]): Promise<void> {
    this.containers.add(this.host(name));
    const own = `--name ${this.host(name)} --label berth.test=nginx --memory 256m`;
    const network = options.includes("--network") ? "" : ` --network ${this.network}`;
    await this.docker(`run -d ${own}${network} ${options}`, ...command);
  }

  async remove(name: string): Promise<void> {
    await this.docker("rm -f", this.host(name));
    this.containers.delete(this.host(name));
  }

  release(model: ProxyModel): Promise<Outcome> {
    return this.releaseText(nginxConf(model));
  }

  /** Runs the release step as the program does: the proxy's image, uid and PID namespace, and nothing more. */
  async releaseText(conf: string): Promise<Outcome> {
    await this.write("candidate/nginx.conf", conf);
    const places = { candidate: "/candidate/nginx.conf", live: "/live/nginx.conf" };
    const script = releaseScript({ ...places, drainSeconds: 30, reloadSeconds: 5 });
    const where = `--network ${this.network} --pid container:${this.host("proxy")} --entrypoint sh`;
    const args = words(`run --rm --label berth.test=nginx ${confined} ${where} ${this.volumes()}`);
    const began = performance.now();
    const done = await run("docker", [...args, proxyImage, "-c", script]).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      (error: unknown) => {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, output: stdout + stderr };
      },
    );
    return { ...done, seconds: (performance.now() - began) / 1000 };
  }

  /** Runs docker; the first argument is parted at its spaces. */
  async docker(command: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await run("docker", [...words(command), ...args], { maxBuffer: 64 << 20 });
    return (stdout + stderr).trim();
  }

  /** What the proxy has said of requests so far; of the last quarter of a second nothing yet. */
  async accessLog(): Promise<Record<string, string>[]> {
    const lines = (await this.docker("logs", this.host("proxy"))).split("\n");
    return lines
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, string>);
  }

  addressOf(name: string): Promise<string> {
    const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    return this.docker("inspect -f", format, this.host(name));
  }

  async close(): Promise<void> {
    for (const name of this.containers) await this.docker("rm -f", name);
    await this.docker("network rm", this.network);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** With a subnet of Docker's choice, but named: only then may a container ask for an address. */
  private async createNetwork(): Promise<void> {
    const create = "network create --label berth.test=nginx";
    await this.docker(create, this.network);
    const subnet = await this.docker("network inspect -f", "{{(index .IPAM.Config 0).Subnet}}", this.network);
    await this.docker("network rm", this.network);
    await this.docker(`${create} --subnet ${subnet}`, this.network);
  }

  private volumes(): string {
    const mounts = ["live:/live", "candidate:/candidate:ro", "data:/data:ro", "sockets:/sockets:ro"];
    return mounts.map((mount) => `-v ${this.folder}/${mount}`).join(" ");
  }

  private async write(path: string, text: string): Promise<void> {
    const file = join(this.folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(dirname(file), 0o777);
  }
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
