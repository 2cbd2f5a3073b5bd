import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it, vi } from "vitest";
import { asStack, withArguments } from "../../../cli/project.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { withJournal, withLearnt } from "../../../cli/setup/stackFile.ts";

const text = `# The team's.
config:
  berth:system: vru # as the contract says
  berth:replicas: '{"api-gateway": 2}'
  berth:environment:
    api-gateway:
      SINCE: 2023-06-01
      MODE: 0777
      KEY:
        secure: v1:abc
  berth:external:
    secure: v1:def
  berth:limits:
encryptionsalt: v1:salt
`;

async function changed(...overrides: string[]): Promise<string> {
  return (await withArguments(asStack({ name: "dev" }, text), overrides)).text;
}

describe("--config", () => {
  it("without any leaves the file's text as it is", async () => {
    assert.equal(await changed(), text);
  });

  it("changes its own place in a stack file, and no other letter", async () => {
    assert.equal(
      await changed("environment.api-gateway.SINCE=2024-01-01", "domain=app.example.org"),
      text
        .replace("SINCE: 2023-06-01", 'SINCE: "2024-01-01"')
        .replace("  berth:limits:\n", '  berth:limits:\n  berth:domain: "app.example.org"\n'),
    );
  });

  it("leads into a map that pulumi config set wrote as text, into an empty one, and into a default", async () => {
    const { config } = asStack(
      { name: "dev" },
      await changed("replicas.worker=3", "limits.worker.memory=512", "host.port=8090"),
    );
    assert.deepEqual(config["berth:replicas"], { "api-gateway": 2, worker: 3 });
    assert.deepEqual(config["berth:limits"], { worker: { memory: 512 } });
    assert.deepEqual(config["berth:host"], { kind: "local", port: 8090 });
  });

  it("changes a setting under the key that the file has it under, of two the one that counts", async () => {
    const set = async (written: string) =>
      (await withArguments(asStack({ name: "dev" }, written), ["replicas.worker=3"])).text;
    const short = "config:\n  replicas:\n    api: 2\n";
    assert.equal(await set(short), `${short}    worker: 3\n`);
    const both = `config:\n  berth:replicas: { beat: 1 }\n  replicas:\n    api: 2\n`;
    assert.equal(await set(both), `${both}    worker: 3\n`);
  });

  it.each([
    ["system.name=1", 'got "system.name" where system is no map'],
    ["external.postgres=x", 'got "external.postgres" where external is encrypted'],
    [
      "environment.api-gateway.KEY.x=1",
      'got "environment.api-gateway.KEY.x" where environment.api-gateway.KEY is encrypted',
    ],
    [
      "environment.api-gateway.MODE.x=1",
      'got "environment.api-gateway.MODE.x" where environment.api-gateway.MODE is no map',
    ],
  ])("refuses %s", async (override, got) => {
    await assert.rejects(changed(override), (error) => {
      assert.ok(error instanceof Refusal);
      assert.deepEqual(error.problems, [`--config: must lead into a map, ${got}`]);
      return true;
    });
  });

  it("begins a path where the command is given", async () => {
    const written = await changed("development.api-gateway=./src", "system=./shop.ts").catch(
      (error: unknown) => error,
    );
    assert.ok(typeof written === "string", String(written));
    const { config } = asStack({ name: "dev" }, written);
    assert.deepEqual(config["berth:development"], { "api-gateway": resolve("src") });
    assert.equal(config["berth:system"], resolve("shop.ts"));
  });
});

describe("berth setup", () => {
  it("writes it under a key without a namespace where the file has that, and knows it again", () => {
    const learnt = { hostKey: "ssh-ed25519 AAAA", capacity: { cpus: 4, memory: 8192, gpus: 0 } };
    const before = "config:\n  host:\n    kind: existing\n";
    const after = withLearnt(before, ["berth:host"], learnt);
    assert.match(
      after,
      /^config:\n {2}host:\n {4}kind: existing\n {4}hostKey: ssh-ed25519 AAAA\n {4}capacity: /,
    );
    assert.equal(withLearnt(after, ["berth:host"], learnt), after);
  });

  it("writes what it learnt into a host of any form, and no other letter", () => {
    const learnt = { hostKey: "ssh-ed25519 AAAA", capacity: { cpus: 4, memory: 8192, gpus: 0 } };
    const before = `config:\n  berth:environment: { a: { MODE: 0777 } } # octal\n  berth:host: '{"kind":"existing"}'\n`;
    assert.equal(
      withLearnt(before, ["berth:host"], learnt),
      before.replace(
        `'{"kind":"existing"}'`,
        `{ "kind": "existing", hostKey: ssh-ed25519 AAAA, capacity: { cpus: 4, memory: 8192, gpus: 0 } }`,
      ),
    );
  });

  it("has a new server's containers log into its journal, and leaves what runs or is said", () => {
    const before = "# The shop\nconfig:\n  berth:host: { kind: existing }\n";
    const after = withJournal(before, ["berth:host"]);
    assert.equal(after, `${before}  berth:logging: { driver: journald }\n`);
    for (const text of [
      after,
      "config:\n  logging: { driver: local }\n  host: { kind: existing }\n",
      "config:\n  berth:host: { kind: existing, capacity: { cpus: 4, memory: 8192 } }\n",
    ])
      assert.equal(withJournal(text, ["berth:host"]), text);
    assert.equal(withJournal(before, ["berth:hosts", "gpu"]), before);
  });
});

describe("a stack file that is no YAML", () => {
  it.each([
    ["*hunter2", "Unresolved alias (the anchor must be set before the alias)"],
    [">hunter2", "Block scalar header includes extra characters at line 3, column 16"],
    ["!h!hunter2", "Could not resolve tag at line 3, column 15"],
    ["a: hunter2", "Nested mappings are not allowed in compact mappings at line 3, column 15"],
  ])("is told of by the place, without the password that stands there: %s", (password, reason) => {
    assert.throws(
      () => asStack({ name: "dev" }, `config:\n  berth:registry:\n    password: ${password}\n`),
      new Refusal([`Pulumi.dev.yaml: must be YAML, got ${reason}`]),
    );
  });

  it("or has a tag that nobody knows: no warning shows its line", () => {
    const warn = vi.spyOn(process, "emitWarning");
    asStack({ name: "dev" }, "config:\n  berth:registry:\n    password: !hunter2\n");
    assert.deepEqual(warn.mock.calls, []);
    warn.mockRestore();
  });
});

describe("a stack file", () => {
  it("is odd where readers of YAML disagree, and knows what is encrypted", () => {
    const { odd, sealed, rest } = asStack({ name: "dev" }, text);
    assert.deepEqual(
      { odd, sealed, rest },
      {
        odd: true,
        sealed: ["v1:abc", "v1:def"],
        rest: { encryptionsalt: "v1:salt" },
      },
    );
    const plain = asStack(
      { name: "dev" },
      "config:\n  berth:system: vru\n  berth:host: { kind: local, port: 8085 }\n",
    );
    assert.deepEqual([plain.odd, plain.sealed], [false, []]);
  });
});
