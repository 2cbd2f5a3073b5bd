import assert from "node:assert/strict";
import { test } from "vitest";
import type { Facts, Rule } from "../../../policy/facts.ts";
import { rules } from "../../../policy/rules.ts";
import { bad, good, loose, machine, spread } from "./examples.ts";

function rule(name: string): Rule {
  const found = rules.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no rule ${name}`);
  return found;
}

test("every rule has a bad example, and every example a rule", () => {
  assert.deepEqual(Object.keys(bad).sort(), rules.map(({ name }) => name).sort());
});

test("every rule that refuses a container refuses a service of a swarm too", () => {
  const refusing = (type: string) =>
    Object.entries(bad)
      .filter(([, examples]) => Object.values(examples).some(([resource]) => resource.type === type))
      .map(([name]) => name);
  assert.deepEqual(refusing("docker:index/service:Service"), refusing("docker:index/container:Container"));
});

for (const [name, examples] of Object.entries(bad)) {
  for (const [what, [resource, ...violations]] of Object.entries(examples)) {
    test(`${name}: refuses ${what}`, () => {
      assert.deepEqual(rule(name).violations(resource, [resource, machine]), violations);
    });
  }
}

for (const [what, resource] of Object.entries(good)) {
  test(`every rule accepts ${what}`, () => {
    const found = rules.flatMap(({ name, violations }) =>
      violations(resource, [resource, machine]).map((each) => `${name}: ${each}`),
    );
    assert.deepEqual(found, []);
  });
}

test("a violation never tells the secret", () => {
  const secret = "Zx9-very-secret-value";
  const resource: Facts = {
    type: "docker:index/container:Container",
    name: "api",
    protect: false,
    props: {
      envs: [`DB_PASSWORD=${secret}`],
      command: [`postgres://u:${secret}@db/x`],
      labels: [{ label: "TOKEN", value: secret }],
    },
  };
  const violations = rule("plain-secret").violations(resource, [resource]);
  assert.equal(violations.length, 3);
  assert.ok(!violations.join().includes(secret));
});

test("what settings loosen on purpose is shown, and refused by no rule that is mandatory", () => {
  const props = {
    readOnly: false,
    capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN"] },
    healthcheck: { tests: ["NONE"] },
  };
  const mandatory = (resource: Facts) =>
    rules
      .filter(({ level }) => level === undefined)
      .flatMap(({ violations }) => violations(resource, [resource]));
  assert.deepEqual(mandatory(loose(props, "readOnlyRoot,capabilities,health")), []);
  assert.deepEqual(mandatory(loose(props, "capabilities")), [
    'healthcheck.tests: must be a command, got {"tests":["NONE"]}',
    "readOnly: must be true, got false",
  ]);
  const swarm = { ...props, capDrops: ["ALL"], capAdds: ["CAP_CHOWN"] };
  const labels = (keys: string) => ({ labels: { "berth.loosened": keys } });
  assert.deepEqual(mandatory(spread(swarm, labels("readOnlyRoot,capabilities,health"))), []);
  assert.deepEqual(mandatory(spread(swarm, labels("capabilities"))), [
    'taskSpec.containerSpec.healthcheck.tests: must be a command, got {"tests":["NONE"]}',
    "taskSpec.containerSpec.readOnly: must be true, got false",
  ]);
});
