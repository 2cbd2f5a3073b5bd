import { appendFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sourcesAre } from "../../../../cli/lastRun/sources.ts";
import { asLastRunLeftIt } from "../../../../cli/lastRun/lastRun.ts";
import { forgetLastRun } from "../../../../cli/lastRun/record.ts";
import { container, Rig, result } from "./rig.ts";

type Change = (rig: Rig) => unknown;

/** The first container, to be changed. */
function first(rig: Rig) {
  const [one] = rig.lists.containers;
  if (one === undefined) throw new Error("there is a container");
  return one;
}

/** One change after a whole run, and why the engine is then asked. */
const changes: Record<string, [Change, string]> = {
  "a source": [
    () => {
      sourcesAre("others");
    },
    "sources: changed since the last run",
  ],
  "a setting": [
    (rig) => {
      rig.set("berth:domain", "a.example");
    },
    "settings: changed since the last run",
  ],
  "an encrypted value": [
    (rig) => {
      rig.set("berth:registry", { password: { secure: "v1:bbbb" } });
    },
    "secrets: changed since the last run",
  ],
  "the salt": [
    (rig) => {
      rig.set("encryptionsalt", "v1:t", null);
    },
    "secrets: changed since the last run",
  ],
  "the passphrase": [
    (rig) => appendFile(rig.session.home.passphrase, "x"),
    "passphrase: changed since the last run",
  ],
  "no passphrase": [(rig) => rm(rig.session.home.passphrase), "there is no passphrase"],
  "the environment of the tools": [
    () => (process.env.PULUMI_PARALLEL_DIFF = "false"),
    "environment: changed since the last run",
  ],
  "a plugin": [(rig) => appendFile(rig.dockerPlugin(), "!"), "docker plugin: engine's must be "],
  "a CLI on PATH": [
    async (rig) => {
      const bin = join(rig.folder, "bin");
      await mkdir(bin);
      await writeFile(join(bin, "pulumi"), "");
      process.env.PATH = `${bin}:${process.env.PATH ?? ""}`;
    },
    "Pulumi CLI: PATH's must be ",
  ],
  "another engine": [
    (rig) => (rig.info.ID = "OTHER"),
    'Docker Engine: id must be "ENGINE", as the last run left it, got "OTHER"',
  ],
  "a newer engine": [
    (rig) => (rig.info.ServerVersion = "29.0.0"),
    'Docker Engine: version must be "28.0.1", as the last run left it, got "29.0.0"',
  ],
  "a smaller machine": [
    (rig) => (rig.info.NCPU = 1),
    'Docker Engine: cpus must be "2", as the last run left it, got "1"',
  ],
  "a tag that moved": [
    (rig) => (rig.images["api:1"] = { Id: "sha256:b" }),
    'image api:1: id must be "sha256:a", as the last run left it, got "sha256:b"',
  ],
  "an image that came": [
    (rig) => (rig.images["registry.example/proxy@sha256:00"] = { Id: "sha256:c" }),
    'image registry.example/proxy@sha256:00: id must be "sha256:p", as the last run left it, got "sha256:c"',
  ],
  "a machine that got a GPU": [
    (rig) => (rig.info.Runtimes.nvidia = {}),
    'Docker Engine: gpus must be "0", as the last run left it, got "1"',
  ],
  "the state": [
    async (rig) => {
      rig.state.version = 4;
      await rig.writeState();
    },
    "state: changed since the last run",
  ],
  "a lock": [
    async (rig) => {
      const locks = join(rig.session.home.state, ".pulumi/locks/organization/berth/dev");
      await mkdir(locks, { recursive: true });
      await writeFile(join(locks, "one.json"), "{}");
    },
    'state: locks must be "0", as the last run left it, got "1"',
  ],
  "a container that is gone": [(rig) => rig.lists.containers.shift(), "container api-1 is gone"],
  "a carrier that is gone": [(rig) => rig.lists.containers.splice(1, 1), "container carrier is gone"],
  "a job that is gone": [(rig) => rig.lists.containers.pop(), "container migration is gone"],
  "a job that failed": [
    (rig) => (rig.lists.containers[2] = container("migration", "exited", "Exited (1) 1 hour ago")),
    'container migration: exit code must be "0", as the last run left it, got "1"',
  ],
  "a stranger": [
    (rig) => rig.lists.containers.push(container("more")),
    "container more is new since the last run",
  ],
  "another container of the name": [
    (rig) => (first(rig).Id = "other"),
    'container api-1: id must be "id of api-1", as the last run left it, got "other"',
  ],
  "another image": [
    (rig) => (first(rig).ImageID = "sha256:b"),
    'container api-1: image must be "sha256:a", as the last run left it, got "sha256:b"',
  ],
  "a container that stopped": [
    (rig) => (first(rig).State = "exited"),
    'container api-1: state must be "running", as the last run left it, got "exited"',
  ],
  "a container that pauses": [
    (rig) => (first(rig).State = "paused"),
    'container api-1: state must be "running", as the last run left it, got "paused"',
  ],
  "a container that isn't well": [
    (rig) => (first(rig).Status = "Up 3 minutes (unhealthy)"),
    'container api-1: health must be "healthy", as the last run left it, got "unhealthy"',
  ],
  "a container that starts again": [
    (rig) => (first(rig).Status = "Up 3 seconds (health: starting)"),
    'container api-1: health must be "healthy", as the last run left it, got "starting"',
  ],
  "a container cut off its network": [
    (rig) => (first(rig).NetworkSettings = { Networks: {} }),
    'container api-1: networks must be "n1", as the last run left it, got ""',
  ],
  "a limit that somebody changed": [
    (rig) => (rig.memory["id of api-1"] = 2 ** 27),
    'container api-1: memory must be "268435456", as the last run left it, got "134217728"',
  ],
  "a port that is closed": [
    (rig) => (first(rig).Ports = []),
    'container api-1: ports must be "127.0.0.1:8080>80/tcp", as the last run left it, got ""',
  ],
  "a network that is gone": [(rig) => rig.lists.networks.pop(), "network shop is gone"],
  "another network of the name": [
    (rig) => (rig.lists.networks[0] = { Id: "n2", Name: "shop" }),
    'network shop: id must be "n1", as the last run left it, got "n2"',
  ],
  "a volume that is gone": [(rig) => rig.lists.volumes.pop(), "volume data is gone"],
  "a volume made anew": [
    (rig) => (rig.lists.volumes[0] = { Name: "data", CreatedAt: "2026-11-25T11:00:00Z" }),
    'volume data: created must be "2026-11-25T10:00:00Z", as the last run left it, got "2026-11-25T11:00:00Z"',
  ],
  "an uncompiled program": [
    () => {
      sourcesAre(undefined);
    },
    "the sources run uncompiled",
  ],
  "a host elsewhere": [
    (rig) => {
      rig.set("berth:host", { kind: "existing" });
    },
    "host kind existing isn't this machine",
  ],
  "an engine elsewhere": [
    () => (process.env.DOCKER_HOST = "tcp://127.0.0.1:1"),
    "DOCKER_HOST isn't a socket of this machine",
  ],
  "sources that are mounted": [
    (rig) => {
      rig.set("berth:development", { backend: "/src" });
    },
    "sources are mounted for development",
  ],
  "another host, written as text": [
    (rig) => {
      rig.set("berth:host", '{"kind":"existing","address":"ops@203.0.113.30"}');
    },
    "host kind existing isn't this machine",
  ],
  "sources that are mounted, written as text": [
    (rig) => {
      rig.set("berth:development", '{"backend":"/src"}');
    },
    "sources are mounted for development",
  ],
  "what nobody looks at here": [
    (rig) => rig.record("secrets.backend.KEY is kept elsewhere"),
    "secrets.backend.KEY is kept elsewhere",
  ],
  "no record": [(rig) => forgetLastRun(rig.session.home, "dev"), "no whole run is on record"],
};

/** A system of somebody's own, and a file that it imports. */
const own = {
  "shop.ts":
    'import { redis } from "berth/system";\nimport { memory } from "./sizes.ts";\nexport const cache = redis({ cpus: 1, memory });\n',
  "sizes.ts": "export const memory = 64; // MiB\n",
};

/** What is written into a file of it after a whole run, and why the engine is then asked; nothing where it isn't. */
const ownChanges: Record<string, [file: keyof typeof own, text: string, reason: RegExp | undefined]> = {
  "nothing of it": ["shop.ts", own["shop.ts"], undefined],
  "a comment": ["sizes.ts", "// In MiB\nexport const memory = 64;\n", undefined],
  "a value": ["sizes.ts", "export const memory = 65;\n", /shop\.ts: changed since the last run$/],
  "a mistake in it": ["shop.ts", "export const = 1;", /^Build failed/],
};

/** What a file may say that makes it more than its text. */
const openEnds: Record<string, [text: string, reason: RegExp]> = {
  "the environment": ["process.env.MEMORY", /^shop\.ts says "process", which may be another each time$/],
  "the time": ["new Date().getDay()", /^shop\.ts says "Date", /],
  chance: ["Math.random()", /^shop\.ts says "random", /],
  "a file read on the way": [
    'require("./sizes.json")',
    /^shop\.ts (?:says "require"|imports ".\/sizes.json"), |^Build failed/,
  ],
  "the arguments of the module": ["arguments[0]", /^shop\.ts says "arguments", /],
  "a way to a global without its name": [
    '(() => 1).constructor(["return pro", "cess"].join(""))()',
    /^shop\.ts says "constructor", /,
  ],
  "chance, by a name that is made": [
    'Math[["ran", "dom"].join("") as "random"]()',
    /^shop\.ts says "Math", /,
  ],
  "the place where it lies": ["new Error().stack", /^shop\.ts says "stack", /],
  "a module whose name is made": ['import(["node", "os"].join(":"))', /^shop\.ts says "import", /],
  "a package": [
    '(await import("left-pad")).default',
    /^shop\.ts imports "left-pad", which may change by itself$/,
  ],
  "a part of Node.js": ['(await import("node:os")).cpus()', /^shop\.ts imports "node:os", /],
};

describe("the engine is asked", () => {
  let rig: Rig;
  const environment = { ...process.env };
  beforeEach(async () => {
    rig = await Rig.open();
  });
  afterEach(async () => {
    process.env = { ...environment };
    await rig.close();
  });

  it("not at all while everything is as the last whole run left it", async () => {
    await rig.record();
    expect(await asLastRunLeftIt(rig.session)).toEqual({ result });
  });

  for (const [what, [change, reason]] of Object.entries(changes)) {
    it(`after a change, with the reason: ${what}`, async () => {
      await rig.record();
      await change(rig);
      const because = await rig.because();
      // What lies on the test's machine is in the middle of some.
      expect(reason.endsWith(" must be ") ? because?.slice(0, reason.length) : because).toBe(reason);
    });
  }

  it("until what was starting as the run ended is healthy", async () => {
    first(rig).Status = "Up 1 second (health: starting)";
    await rig.record();
    expect(await rig.because()).toBe(
      'container api-1: health must be "healthy", as the last run left it, got "starting"',
    );
    first(rig).Status = "Up 9 seconds (healthy)";
    expect(await rig.because()).toBe(undefined);
  });

  it("even where the last run left something that isn't well", async () => {
    first(rig).Status = "Up 3 minutes (unhealthy)";
    await rig.record();
    expect(await rig.because()).toBe('container api-1: must be healthy, got "unhealthy"');
  });

  it("where a service was stopped, in good order, while the last run was under way", async () => {
    Object.assign(first(rig), { State: "exited", Status: "Exited (0) 2 seconds ago" });
    await rig.record();
    expect(await rig.because()).toBe('container api-1: must run, got "exited"');
  });

  it("where a service was removed while the last run was under way", async () => {
    const inputs = {
      labels: [
        { label: "berth.role", value: "service" },
        { label: "berth.service", value: "api" },
      ],
    };
    const type = "docker:index/container:Container";
    const urn = `urn:pulumi:dev::berth::${type}::api-2`;
    rig.state.checkpoint.latest.resources.push({ urn, type, id: "id of api-2", inputs });
    await rig.writeState();
    await rig.record();
    expect(await rig.because()).toBe("no whole run is on record");
  });

  it("where the last run went on without an image, to try again", async () => {
    delete rig.images["api:1"];
    await rig.record();
    expect(await rig.because()).toBe("image api:1: must be there");
  });

  it("after a run that left a step pending, which is kept as no whole one", async () => {
    rig.state.checkpoint.latest.pending_operations.push({});
    await rig.writeState();
    await rig.record();
    expect(await rig.because()).toBe("no whole run is on record");
  });

  it("not for a restart that changed addresses alone", async () => {
    await rig.record();
    first(rig).Status = "Up 9 seconds (healthy)";
    expect(await rig.because()).toBe(undefined);
  });

  it("with a record that is its owner's alone and holds no secret", async () => {
    const passphrase = "correct horse battery staple";
    await writeFile(rig.session.home.passphrase, passphrase);
    rig.set("berth:registry", { password: "given in plain" });
    await rig.record();
    const file = join(rig.session.home.lastRuns, "dev.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, "utf8");
    for (const secret of [passphrase, "given in plain"]) expect(text).not.toContain(secret);
  });
});

describe("a system of somebody's own", () => {
  let rig: Rig;
  const write = (name: string, text: string) => writeFile(join(rig.folder, name), text);
  beforeEach(async () => {
    rig = await Rig.open();
    for (const [name, text] of Object.entries(own)) await write(name, text);
    rig.set("berth:system", join(rig.folder, "shop.ts"));
  });
  afterEach(() => rig.close());

  for (const [what, [file, text, reason]] of Object.entries(ownChanges)) {
    it(`is its files' text: ${what} changed`, async () => {
      await rig.record();
      await write(file, text);
      const answer = await asLastRunLeftIt(rig.session);
      if (reason === undefined) expect(answer).toEqual({ result });
      else expect(answer).toEqual({ because: expect.stringMatching(reason) as string });
    });
  }

  for (const [what, [text, reason]] of Object.entries(openEnds)) {
    it(`is always asked about when it holds ${what}`, async () => {
      await write("shop.ts", `export const size = async () => ${text};\n`);
      await rig.record();
      expect(await asLastRunLeftIt(rig.session)).toEqual({ because: "no whole run is on record" });
      await write("shop.ts", own["shop.ts"]);
      await rig.record();
      await write("shop.ts", `export const size = async () => ${text};\n`);
      expect(await asLastRunLeftIt(rig.session)).toEqual({
        because: expect.stringMatching(reason) as string,
      });
    });
  }
});
