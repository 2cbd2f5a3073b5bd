import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { parse } from "yaml";
import { Berth } from "../tools/berth.ts";
import { otherEngine } from "../tools/otherEngine.ts";

const root = join(import.meta.dirname, "../..");
const declared = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { config: object };
const keys = Object.keys(declared.config);

/** Settings that are wrong, and what a person reads: all of it, a line each. */
const settings: Record<string, { changes: string[]; errors: string[] }> = {
  "an unknown key": {
    changes: ["replica.backend=2"],
    errors: [`replica: unknown key; known: ${keys.join(", ")}`],
  },
  "an unknown service": {
    changes: ["replicas.backand=2"],
    errors: ["replicas.backand: unknown key; known: nginx, backend, frontend, postgres, redis"],
  },
  "an unknown system": {
    changes: ["system=loc9"],
    errors: ['system: must be one of attn, loc8, arv, docsai, vru, got "loc9"'],
  },
  "an unknown kind of host": {
    changes: ["host.kind=moon"],
    errors: ['host.kind: must be one of local, existing, gce, ec2, got "moon"'],
  },
  "a domain that is none": {
    changes: ["domain=app_1"],
    errors: ['domain: must be a domain name such as "app.example.org", got "app_1"'],
  },
  "no replica": {
    changes: ["replicas.backend=0"],
    errors: ["replicas.backend: must be a whole number from 1 to 32, got 0"],
  },
  "one and a half replicas": {
    changes: ["replicas.backend=1.5"],
    errors: ["replicas.backend: must be a whole number from 1 to 32, got 1.5"],
  },
  "less memory than the service needs": {
    changes: ["limits.backend.memory=100"],
    errors: ["limits.backend.memory: must be a whole number from 192 to 1048576, got 100"],
  },
  "a source folder that isn't there": {
    changes: ["development.backend=/nonexistent/app"],
    errors: ['development.backend: must be a folder of this machine, got "/nonexistent/app"'],
  },
  "several mistakes at once": {
    changes: ["images.frontend=Front End", "replicas.backend=-1", "development.backend=/nonexistent/app"],
    errors: [
      'images.frontend: must be an image reference such as "registry.example/api:1.2" or "registry.example/api@sha256:<64 hex digits>", got "Front End"',
      "replicas.backend: must be a whole number from 1 to 32, got -1",
      'development.backend: must be a folder of this machine, got "/nonexistent/app"',
    ],
  },
};

/** As few containers as there can be. */
const least = ["replicas.backend=1", "optional.postgres=false", "optional.redis=false"];

describe("a mistake", () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await Berth.open("loc8");
  });
  afterAll(() => berth.close());

  for (const [what, { changes, errors }] of Object.entries(settings)) {
    it(`is refused before anything is made: ${what}`, () => refused(changes, errors));
  }

  it("is refused before anything is made: a port that is taken, with its holder", async () => {
    const server = createServer();
    const port = Number(new URL(berth.url).port);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    try {
      await refused(
        [],
        [
          `host.port: must be free, ${port} is held by node, pid ${process.pid}; stop it, or take another with --config host.port=<port>`,
        ],
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("is refused before anything is made: an engine that doesn't answer", async () => {
    berth.environment = { DOCKER_HOST: "unix:///nonexistent/docker.sock" };
    await refused(
      [],
      [
        'DOCKER_HOST: must name an engine that answers, got "unix:///nonexistent/docker.sock" (ENOENT); fix or unset it',
      ],
    );
  });

  it("is refused before anything is made: an engine that is too old", async () => {
    await using old = await otherEngine({ ServerVersion: "19.03.15" });
    berth.environment = { DOCKER_HOST: old.address };
    await refused(
      [],
      [
        "docker: must be Engine 20.10 or newer, got 19.03.15; upgrade it, https://docs.docker.com/engine/install/",
      ],
    );
  });

  it("is refused before anything is made: a disk that is nearly full", async () => {
    const folder = await mkdtemp(join(tmpdir(), "berth-full-"));
    await execa("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder]);
    try {
      await using full = await otherEngine({ DockerRootDir: folder });
      berth.environment = { DOCKER_HOST: full.address };
      await refused(
        [],
        [
          `docker: must have 2.0G of disk free in ${folder}, got 64M; remove images you no longer need, for example with docker image prune`,
        ],
      );
    } finally {
      await execa("umount", [folder]);
      await rm(folder, { recursive: true });
    }
  });

  it("is only warned of where limits can be scaled to the machine, and one slip costs the others little", async () => {
    await using small = await otherEngine({ NCPU: 1, MemTotal: 4 * 1024 ** 3 });
    berth.environment = { DOCKER_HOST: small.address };
    const run = await berth.tried("validate", "limits.postgres.memory=100000", "limits.backend.cpus=8");
    berth.environment = {};
    assert.equal(run.code, 0, run.output);
    assert.match(run.output, /limits\.backend\.cpus: scaled from 8 to 1, all the machine has/);
    const scaled = Object.fromEntries(
      [...run.output.matchAll(/limits\.(\w+)\.memory: scaled from \d+ to (\d+) MiB/g)].map(
        ([, name = "", memory]) => [name, Number(memory)],
      ),
    );
    assert.ok((scaled.postgres ?? 0) > 2000, run.output);
    assert.ok((scaled.backend ?? 0) > 300, run.output);
  });

  it("is refused, and changes nothing: a passphrase that is missing, or another one", async () => {
    const { code, output } = await berth.up(...least).ended;
    assert.equal(code, 0, output);
    const before = await berth.dockerObjects();
    const must = `passphrase: must be the one that stack "${berth.stack}" was made with`;
    berth.environment = { PULUMI_CONFIG_PASSPHRASE_FILE: "/nonexistent/passphrase" };
    const missing = await berth.tried("up", ...least);
    berth.environment = { PULUMI_CONFIG_PASSPHRASE: "another" };
    const wrong = await berth.tried("up", ...least, 'environment.backend={"MORE":"1"}');
    berth.environment = {};
    assert.deepEqual(
      [missing.code, missing.errors],
      [1, [`${must}, got no file /nonexistent/passphrase; put it back, or set PULUMI_CONFIG_PASSPHRASE`]],
    );
    assert.deepEqual(
      [wrong.code, wrong.errors],
      [
        1,
        [
          `${must}, got another from PULUMI_CONFIG_PASSPHRASE; put the old one back, or set PULUMI_CONFIG_PASSPHRASE`,
        ],
      ],
    );
    assert.deepEqual(
      (await berth.dockerObjects()).containers.map(({ Id }) => Id),
      before.containers.map(({ Id }) => Id),
    );
  });

  async function refused(given: string[], errors: string[]): Promise<void> {
    const run = await berth.tried("up", ...given);
    berth.environment = {};
    assert.deepEqual([run.code, run.errors], [1, errors]);
    const { containers, networks, volumes } = await berth.dockerObjects();
    assert.deepEqual([containers, networks, volumes], [[], [], []]);
  }
});
