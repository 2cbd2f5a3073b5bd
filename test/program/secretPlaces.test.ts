import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { hostKinds } from "../../components/hosts/registry.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { leaks, secretsOfKey, type Secrets } from "../tools/secrets.ts";
import { userDataOf } from "../tools/userData.ts";
import { stackOn } from "./anyStack.ts";
import { programVerdict, stackProgram } from "./fuzz/verdicts.ts";
import type { Graph, Registered } from "./harness.ts";

const given = { storage: "kept-Yp8sLc3Hn6Gf5Je0-storage", owner: "kept-7Qm2xVb9Kd4TzR1w-owner" };

describe("secrets that settings give or the engine makes", () => {
  let ca: TestCa;
  let config: Record<string, unknown>;
  let secrets: Secrets;
  beforeAll(async () => {
    ca = await testCa();
    const { certificate, key } = await ca.issue(["example.org"]);
    config = {
      domains: ["example.org"],
      tls: { certificate: certificate + ca.intermediate + ca.root, key },
      backup: {
        to: "s3:https://s3.example.org/bucket",
        accessKey: "KEY-OF-A-TEST",
        secretKey: given.storage,
      },
      secrets: { backend: { SIGNING_KEY: "generate", PAYMENT_KEY: given.owner } },
      monitoring: true,
    };
    // As the mocks make every password: a longer one holds it.
    secrets = { ...secretsOfKey("the TLS key", key), ...given, generated: "S3cr3tS3cr3tS3cr3t" };
  });
  afterAll(() => ca.close());

  for (const { name: kind } of hostKinds)
    it(`are in no plain input of ${kind}'s, user-data of machines, commands and triggers among them`, async () => {
      const graph = await stackOn(kind, "loc8", config);
      assert.deepEqual(shown(graph, secrets), []);
      const all = graph.resources.map(({ inputs }) => JSON.stringify(inputs)).join("\n");
      const found = leaks(all, secrets).map((hit) => hit.replace(/ \S+$/, ""));
      for (const name of ["storage", "owner", "generated", "the TLS key, line 1"])
        assert.ok(found.includes(name), `${name} is in a secret input`);
      assert.ok(shown({ resources: graph.resources.map(laidOpen) }, secrets).length > 3);
    });
});

describe("what settings have run, where they are encrypted", () => {
  const words = { command: ["serve", "--dsn=kept-Gh5Tr2Wq8Zx1Nb6P-words"] };
  const config = {
    system: "loc8",
    images: { backend: "registry.example/api:1" },
    override: {
      backend: {
        ...words,
        entrypoint: ["/entry", "kept-Gh5Tr2Wq8Zx1Nb6P-words"],
        healthCommand: ["/probe", "kept-Gh5Tr2Wq8Zx1Nb6P-words"],
      },
    },
    jobs: { backend: { migrate: ["migrate", "kept-Gh5Tr2Wq8Zx1Nb6P-words"] } },
  };
  const swarm = { kind: "gce", project: "my-project-1", zone: "europe-west4-a", machines: 2 };
  const ssh = {
    publicKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUeGdZWZ0m8zq9f3Vq6Qd1y0m7b3xv0y1r2s3t4u5v6 ops"],
  };
  const secrets: Secrets = { words: "kept-Gh5Tr2Wq8Zx1Nb6P-words" };

  it.each([
    ["on one machine", { kind: "local" }, "docker:index/container:Container"],
    ["on a swarm", { ...swarm, ssh }, "docker:index/service:Service"],
  ])("is in no plain input %s, and the words of other services are", async (_where, host, type) => {
    const graphOf = async (secretKeys: string[]) => {
      const { verdict, graph } = await programVerdict(
        { config: { ...config, host }, secretKeys },
        stackProgram,
      );
      assert.deepEqual(verdict, []);
      return graph;
    };
    const hidden = await graphOf(["override", "jobs"]);
    assert.deepEqual(shown(hidden, secrets), []);
    const open = shown(await graphOf([]), secrets);
    assert.ok(
      open.some((line) => line.startsWith(`${type} backend`)),
      open.join("\n"),
    );
    assert.ok(
      open.some((line) => line.includes("migrat")),
      "the job's words too",
    );
    const proxy = hidden.resources.find(({ name }) => name.startsWith("nginx") && !name.includes("files"));
    assert.deepEqual(
      proxy?.secrets.filter((path) => /command|args/.test(path)),
      [],
    );
  });
});

/** As if nobody had marked any of its inputs. */
function laidOpen(resource: Registered): Registered {
  return { ...resource, secrets: [] };
}

function shown({ resources }: Pick<Graph, "resources">, secrets: Secrets): string[] {
  return resources.flatMap((resource) =>
    leaks(plainOf(resource), secrets).map((hit) => `${resource.type} ${resource.name}: ${hit}`),
  );
}

/** All inputs of a resource that the engine shows to anybody, what is packed too. */
function plainOf({ inputs, secrets }: Registered): string {
  const plain = structuredClone(inputs);
  for (const path of secrets) {
    const words = path.split(".");
    const last = words.pop() ?? "";
    let place: unknown = plain;
    for (const word of words) place = (place as Record<string, unknown> | undefined)?.[word];
    if (typeof place === "object" && place !== null) (place as Record<string, unknown>)[last] = "[secret]";
  }
  return JSON.stringify(plain) + (typeof plain.userDataBase64 === "string" ? userDataOf(plain) : "");
}
