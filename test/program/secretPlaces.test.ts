import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { hostKinds } from "../../components/hosts/registry.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { leaks, secretsOfKey, type Secrets } from "../tools/secrets.ts";
import { userDataOf } from "../tools/userData.ts";
import { stackOn } from "./anyStack.ts";
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
