import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lists } from "../../../../cli/lastRun/held.ts";
import { asLastRunLeftIt, beginRecord } from "../../../../cli/lastRun/lastRun.ts";
import type { RunResult } from "../../../../cli/lastRun/record.ts";
import { sourcesAre } from "../../../../cli/lastRun/sources.ts";
import { openOutput } from "../../../../cli/output.ts";
import { asStack } from "../../../../cli/project.ts";
import type { Session } from "../../../../cli/session.ts";
import { checkpointFile } from "../../../../cli/state/backend.ts";
import { plugin } from "../../../../toolchain/tools.ts";

export const result: RunResult = {
  changes: { created: 0, replaced: 0, updated: 0, deleted: 0, unchanged: 3 },
  warnings: ["limits: scaled"],
  outputs: { urls: { page: "http://localhost:8080/" } },
};

const references = ["api:1", "registry.example/proxy@sha256:00"];

/** A data folder, a state, tools, and what answers as a Docker Engine does; all as a run left it, to be changed. */
export class Rig {
  readonly info = {
    ID: "ENGINE",
    ServerVersion: "28.0.1",
    NCPU: 2,
    MemTotal: 4096,
    Runtimes: {} as Record<string, object>,
  };
  readonly images: Record<string, { Id: string }> = {
    "api:1": { Id: "sha256:a" },
    "registry.example/proxy@sha256:00": { Id: "sha256:p" },
  };
  readonly lists: Lists = {
    containers: [
      container("api-1"),
      container("carrier", "created", "Created"),
      job("Exited (0) 1 hour ago"),
    ],
    networks: [{ Id: "n1", Name: "shop" }],
    volumes: [{ Name: "data", CreatedAt: "2026-11-25T10:00:00Z" }],
  };
  /** Container's id → its memory in bytes, where it isn't the usual. */
  readonly memory: Record<string, number> = {};
  state = {
    version: 3,
    checkpoint: { latest: { resources: [] as object[], pending_operations: [] as object[] } },
  };

  private constructor(
    readonly folder: string,
    readonly session: Session,
    readonly plugins: string,
  ) {}

  static async open(): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), "berth-last-"));
    const pathOf = (name: string) => join(folder, name);
    const home = {
      data: folder,
      state: pathOf("state"),
      work: pathOf("work"),
      runs: pathOf("runs"),
      lastRuns: pathOf("last-runs"),
      passphrase: pathOf("passphrase"),
    };
    const config = { "berth:system": "loc8", "berth:registry": { password: { secure: "v1:aaaa" } } };
    const text = JSON.stringify({ encryptionsalt: "v1:s", config });
    const stack = asStack({ name: "dev", file: pathOf("Pulumi.dev.yaml") }, text);
    const rig = new Rig(folder, { output: openOutput({ json: true }), home, stack }, pathOf("home/plugins"));
    const docker = plugin("docker");
    const folders = [
      pathOf("last-runs"),
      pathOf("state/.pulumi/stacks/berth"),
      pathOf(`home/plugins/resource-docker-v${docker.version}`),
    ];
    await Promise.all(folders.map((each) => mkdir(each, { recursive: true })));
    await writeFile(home.passphrase, randomBytes(8));
    await writeFile(rig.dockerPlugin(), "plugin");
    await rig.writeState();
    sourcesAre("sources");
    process.env.DOCKER_HOST = `unix://${pathOf("docker.sock")}`;
    process.env.PULUMI_HOME = pathOf("home");
    rig.server.listen(pathOf("docker.sock"));
    return rig;
  }

  /** Where the engine has it. */
  dockerPlugin(): string {
    const { name, version, file } = plugin("docker");
    return join(this.plugins, `resource-${name}-v${version}`, file);
  }

  /** Changes the stack's file: of its config, or with `null` beside it. */
  set(key: string, value: unknown, where: "config" | null = "config"): void {
    const { stack } = this.session;
    const { rest, written: config } = stack;
    const changed =
      where === null ? { ...rest, [key]: value, config } : { ...rest, config: { ...config, [key]: value } };
    Object.assign(stack, asStack(stack, JSON.stringify(changed)));
  }

  async writeState(): Promise<void> {
    await writeFile(checkpointFile(this.session.home.state, "dev"), JSON.stringify(this.state));
  }

  async record(moving?: string): Promise<void> {
    await beginRecord(this.session, references, moving)(result);
  }

  /** Why the engine has to be asked; nothing when it may be left out. */
  async because(): Promise<string | undefined> {
    const answer = await asLastRunLeftIt(this.session);
    return "because" in answer ? answer.because : undefined;
  }

  async close(): Promise<void> {
    this.server.close();
    await rm(this.folder, { recursive: true });
  }

  private limits(id: string): object {
    return { Memory: this.memory[id] ?? 2 ** 28, NanoCpus: 5e8, RestartPolicy: { Name: "always" } };
  }

  private readonly server = createServer(({ url = "" }, response) => {
    const path = decodeURIComponent(url.replace(/\?.*/, ""));
    const image = /^\/images\/(.*)\/json$/.exec(path)?.[1];
    const answers: Record<string, unknown> = {
      "/info": this.info,
      "/containers/json": this.lists.containers,
      "/networks": this.lists.networks,
      "/volumes": { Volumes: this.lists.volumes },
    };
    const running = /^\/containers\/(.*)\/json$/.exec(path)?.[1];
    const inspected = running === undefined ? undefined : { HostConfig: this.limits(running) };
    const answer = inspected ?? (image === undefined ? answers[path] : this.images[image]);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer ?? {}));
  });
}

/** As Docker lists one. */
export function container(name: string, state = "running", status = "Up 3 minutes (healthy)") {
  return {
    Id: `id of ${name}`,
    Names: [`/${name}`],
    Labels: { "berth.role": name.startsWith("api") ? "service" : "job" },
    ImageID: "sha256:a",
    State: state,
    Status: status,
    Ports: [{ IP: "127.0.0.1", PrivatePort: 80, PublicPort: 8080, Type: "tcp" }],
    NetworkSettings: { Networks: { shop: { NetworkID: "n1" } } },
  };
}

function job(status: string) {
  return container("migration", "exited", status);
}
