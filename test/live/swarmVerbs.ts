import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { test } from "vitest";
import type { Finding } from "../../cli/drift/finding.ts";
import type { Maintenance } from "../../cli/maintenance/state.ts";
import { root } from "../../cli/project.ts";
import type { ServiceStatus } from "../../cli/statusTable.ts";
import type { TopRow } from "../../cli/top/table.ts";
import type { Verdict } from "../../cli/verify/verdicts.ts";
import { releaseImage } from "../../lib/releaseImage.ts";
import { until } from "../tools/wait.ts";
import type { SwarmRig } from "./swarmRig.ts";

interface StatusReport {
  services: ServiceStatus[];
  maintenance: Maintenance;
  lost?: { machine: string }[];
}

/** The command line on a rig's state, as an operator has it. */
export class SwarmVerbs {
  private constructor(
    readonly rig: SwarmRig,
    private readonly data: string,
  ) {}

  get #file(): string {
    return join(root, `Pulumi.${this.rig.name}.yaml`);
  }

  /** With settings beside those of the rig, by their whole keys. */
  static async open(rig: SwarmRig, settings: Record<string, unknown> = {}): Promise<SwarmVerbs> {
    const verbs = new SwarmVerbs(rig, await mkdtemp(join(tmpdir(), "berth-swarm-")));
    await verbs.write({ ...rig.given, ...settings });
    return verbs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#file, { force: true });
    await rm(this.data, { recursive: true, force: true });
  }

  /** How a command ended, and what it said. */
  async run(verb: string, ...words: string[]) {
    const args = [join(root, "cli/berth.mjs"), verb, "--stack", this.rig.name, ...words];
    const { exitCode, stdout, all } = await execa(process.execPath, args, {
      ...{ cwd: root, all: true, reject: false, stdin: "ignore", timeout: 900_000 },
      env: {
        ...{ NO_COLOR: "1", XDG_DATA_HOME: this.data, PULUMI_CONFIG_PASSPHRASE: "sshtest" },
        PULUMI_BACKEND_URL: `file://${this.rig.stack.workspace.workDir}`,
      },
    });
    return { code: exitCode, stdout, all };
  }

  async must(verb: string, ...words: string[]): Promise<string> {
    const { code, stdout, all } = await this.run(verb, ...words);
    assert.equal(code, 0, all);
    return stdout;
  }

  /** What status says once so many containers of each service are well, and no others: those before them may still end. */
  settled(names: string[], number = 3) {
    return until(`${number} of ${names.join(" and ")}`, 180, async () => {
      const status = await this.status();
      for (const name of names) {
        const found = status.services.find(({ service }) => service === name);
        assert.deepEqual(
          [found?.healthy, found?.replicas.length, found?.wanted],
          [number, number, number],
          name,
        );
      }
      return status;
    });
  }

  async status() {
    const { code, stdout, all } = await this.run("status", "--json");
    assert.ok(stdout.startsWith("{"), all);
    return { code, ...(JSON.parse(stdout) as StatusReport) };
  }

  /** What drift says, as `kind name: what`. */
  async drift(): Promise<string[]> {
    const findings = await this.findings();
    return findings.map((one) => `${one.kind} ${one.name}: ${one.found}`);
  }

  async findings(): Promise<Finding[]> {
    const { code, stdout, all } = await this.run("drift", "--json");
    assert.ok(stdout.startsWith("{"), all);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    assert.equal(code, findings.length === 0 ? 0 : 2, all);
    return findings;
  }

  async verify() {
    const { code, stdout, all } = await this.run("verify", "--json");
    assert.ok(stdout.startsWith("{"), all);
    return { code, all, ...(JSON.parse(stdout) as { ok: boolean; checks: Verdict[] }) };
  }

  /** Ids of services of a name. */
  servicesNamed(service: string): Promise<string> {
    return this.rig.machine(0).standin.exec(`docker service ls -q --filter label=berth.service=${service}`);
  }

  /** Ids of the healthy containers of a service, on all machines. */
  async containersOf(service: string): Promise<string[]> {
    const list = `docker ps -q --no-trunc --filter label=berth.service=${service} --filter health=healthy`;
    const all = await Promise.all(this.rig.machines.map(({ standin }) => standin.exec(list)));
    return all.flatMap((ids) => ids.split("\n").filter((id) => id !== "")).sort();
  }

  /** Writes the stack's file. */
  async write(config: Record<string, unknown>): Promise<void> {
    await writeFile(this.#file, stringify({ config }));
  }
}

/** Tests of each verb on three machines of which all are there. */
export function testVerbs(get: () => SwarmVerbs): void {
  test("status, top, verify and logs see all containers, and exec enters each", async () => {
    const verbs = get();
    const { code, services } = await verbs.settled(["backend", "frontend"]);
    for (const name of ["backend", "frontend"]) {
      const found = services.find(({ service }) => service === name);
      assert.match(found?.release ?? "", /^[0-9a-f]{7}$/);
      assert.equal(found?.replicas.length, 3);
      assert.ok(new Set(found.replicas.map((one) => one.machine)).size >= 2, JSON.stringify(found));
    }
    assert.equal(code, 0);
    const { containers } = JSON.parse(await verbs.must("top", "--json")) as { containers: TopRow[] };
    const backends = containers.filter(({ service }) => service === "backend");
    assert.equal(backends.length, 3);
    assert.ok(new Set(backends.map((one) => one.machine)).size >= 2, JSON.stringify(backends));
    const { checks, all } = await verbs.verify();
    const own = checks.filter(({ level, what }) => level === "container" && what.startsWith("backend-"));
    assert.deepEqual(
      own.map(({ outcome }) => outcome),
      ["pass", "pass", "pass"],
      all,
    );
    const levels = ["machine", "container", "endpoint", "dependency"];
    assert.deepEqual(
      checks.filter(({ level, outcome }) => outcome === "fail" && levels.includes(level)),
      [],
      all,
    );
    const lines = (await verbs.must("logs", "backend", "--json")).trim().split("\n");
    const wrote = new Set(lines.map((line) => (JSON.parse(line) as { container: string }).container));
    assert.ok(wrote.size >= 3, [...wrote].join());
    const entered: string[] = [];
    for (const replica of ["1", "2", "3"])
      entered.push(
        (await verbs.must("exec", "backend", "--replica", replica, "--", "cat", "/etc/hostname")).trim(),
      );
    assert.equal(new Set(entered).size, 3, entered.join());
    const refused = await verbs.run("run", "backend", "--", "true");
    assert.match(
      refused.all,
      /^service: must be one whose files another container can have too, got "backend"/m,
    );
  });

  test("each machine's own verb sees what runs there, and fails where one of them isn't well", async () => {
    const { rig } = get();
    for (const [place, proxy] of ["nginx", "nginx-two", "nginx-three"].entries()) {
      const { standin } = rig.machine(place);
      const look = () => standin.exec("loc8-platform status && echo ended well || echo ended ill");
      const well = await until("all is well", 120, async () => {
        const text = await look();
        assert.match(text, /ended well$/);
        return text;
      });
      assert.match(well, new RegExp(`^${proxy} .* \\(healthy\\)$`, "m"));
      // Of the swarm's services.
      assert.match(well, /^(backend|frontend) .*\.\d\.\w+ +Up .*\(healthy\)$/m);
      assert.match(well, /^firewall {2}closed$/m);
    }
    const { standin } = rig.machine(2);
    const own = "$(docker ps -q --filter label=berth.service=nginx-three)";
    // Again where runc can't, see `pause` in test/tools/docker.ts.
    await standin.exec(`timeout 60 sh -c 'until docker pause ${own}; do sleep 1; done'`);
    try {
      assert.match(await standin.exec("loc8-platform status || echo ended ill"), /\(Paused\)[^]*ended ill$/);
    } finally {
      await standin.exec(`docker unpause ${own}`);
    }
  });

  test("what is changed by hand is shown, and the next up mends it", async () => {
    const verbs = get();
    assert.deepEqual(await verbs.drift(), []);
    const id = await verbs.servicesNamed("frontend");
    const update = "docker service update --detach";
    await verbs.rig.machine(0).standin.exec(`${update} --env-add STRAY=1 --replicas 1 ${id}`);
    await until("one container is left", 180, async () => {
      const state = await verbs.rig
        .machine(0)
        .standin.exec(`docker service inspect --format '{{.UpdateStatus.State}}' ${id}`);
      return state === "completed" && (await verbs.containersOf("frontend")).length === 1;
    });
    const changed = await verbs.drift();
    assert.deepEqual(changed, [
      'service frontend: replicas must be "3", got "1"',
      "service frontend: variable STRAY was added",
    ]);
    const short = await verbs.status();
    const frontend = short.services.find(({ service }) => service === "frontend");
    assert.deepEqual([short.code, frontend?.healthy, frontend?.wanted], [1, 1, 3]);
    await verbs.must("up");
    assert.equal(await verbs.servicesNamed("frontend"), id, "it is set back and not made anew");
    assert.deepEqual(await verbs.drift(), []);
    assert.equal((await verbs.settled(["frontend"])).code, 0);
  });

  test("a restart makes each container anew", async () => {
    const verbs = get();
    const before = await verbs.containersOf("backend");
    await verbs.must("restart", "backend");
    // The last of the old ones has the grace of its requests yet.
    await until("the old ones are gone, and three are there", 120, async () => {
      const after = await verbs.containersOf("backend");
      assert.ok(!after.some((one) => before.includes(one)), after.join());
      assert.equal(after.length, 3);
      return true;
    });
    assert.deepEqual(await verbs.drift(), []);
  });

  test("a rollback leads back to the images before, and is refused where a machine has lost one", async () => {
    const verbs = get();
    const image = "docker service inspect --format '{{.Spec.TaskTemplate.ContainerSpec.Image}}'";
    const runs = async () =>
      verbs.rig.machine(0).standin.exec(`${image} ${await verbs.servicesNamed("frontend")}`);
    const first = await runs();
    const { frontend = "" } = verbs.rig.config.images as Record<string, string>;
    const second = "sshtest/loc8-frontend:second";
    await execa("docker", ["build", "--quiet", "--tag", second, "-"], {
      input: `FROM ${frontend}\nLABEL release=second\n`,
    });
    for (const { standin } of verbs.rig.machines) await standin.addImages([second]);
    await verbs.must("up", "-c", `images.frontend=${second}`);
    assert.notEqual(await runs(), first);
    // While an old container still ends, the engine refuses.
    await until("the image is gone there", 120, async () =>
      verbs.rig.machine(2).standin.exec(`docker rmi -f ${first}`),
    );
    const refused = await verbs.run("rollback", "--yes");
    assert.match(refused.all, /^rollback: must have the image of frontend in release \d+ on its machine/m);
    await verbs.rig.machine(2).standin.addImages([frontend]);
    await verbs.must("rollback", "--yes");
    assert.equal(await runs(), first);
    await verbs.write(verbs.rig.given);
    // By which the rollback has kept the first on this machine.
    await execa("docker", ["rmi", second, releaseImage("frontend", first)]);
    assert.deepEqual(await verbs.drift(), []);
  });
}
