import assert from "node:assert/strict";
import { test } from "vitest";
import { LocalHost } from "../../components/hosts/local/local.ts";
import { StatefulService } from "../../exports/components.ts";
import { runProgram } from "./harness.ts";
import { localStack } from "./localStack.ts";
import type { Registered } from "./registered.ts";

const containerType = "docker:index/container:Container";

/** Containers in which a process ever runs; the others only carry files into volumes. */
function running(resources: readonly Registered[]): Registered[] {
  return resources.filter(({ type, inputs }) => type === containerType && inputs.start !== false);
}

test("every container and job of a system logs where a setting says, and its tag says whose it is", async () => {
  const logging = { driver: "fluentd", options: { "fluentd-address": "logs.example.org" } };
  const graph = await localStack({ system: "docsai", logging });
  const containers = running(graph.resources);
  assert.ok(containers.length > 4);
  for (const { name, inputs } of containers) {
    const { labels } = inputs as { labels: { label: string; value: string }[] };
    const service = labels.find(({ label }) => label === "berth.service")?.value;
    assert.equal(inputs.logDriver, "fluentd", name);
    assert.deepEqual(
      inputs.logOpts,
      {
        tag: `dev.${service}.{{.Name}}`,
        labels: "berth.system,berth.stack,berth.service,berth.role,berth.hash",
        mode: "non-blocking",
        "max-buffer-size": "4m",
        "fluentd-async": "true",
        "fluentd-retry-wait": "1s",
        "fluentd-sub-second-precision": "true",
        "fluentd-buffer-limit": "8192",
        "fluentd-address": "logs.example.org",
      },
      name,
    );
  }
  const carriers = graph.resources.filter(({ inputs }) => inputs.start === false);
  assert.ok(carriers.length > 0);
  for (const { name, inputs } of carriers) assert.equal(inputs.logDriver, "none", name);
});

test("what a job writes can be read when it has ended, whatever the setting leaves out", async () => {
  const options = { "syslog-address": "udp://logs.example.org", "cache-disabled": "true" };
  const { resources } = await localStack({ system: "docsai", logging: { driver: "syslog", options } });
  const disabled = running(resources).map(({ inputs }): [boolean, unknown] => [
    inputs.attach === true,
    (inputs.logOpts as Record<string, string>)["cache-disabled"],
  ]);
  assert.ok(disabled.some(([isJob]) => isJob));
  for (const [isJob, value] of disabled) assert.equal(value, isJob ? undefined : "true");
});

test("a token of a collector is a secret wherever the engine keeps it", async () => {
  const options = { "splunk-url": "https://splunk.example.org:8088", "splunk-token": "hunter2" };
  const graph = await localStack({ system: "docsai", logging: { driver: "splunk", options } });
  for (const { name, secrets } of running(graph.resources))
    assert.ok(secrets.includes("logOpts.splunk-token"), `${name}: ${secrets.join(" ")}`);
});

test("a component whose override names another driver gets none of the stack's options", async () => {
  const engine = {
    id: "engine",
    version: "28.0.0",
    capacity: { cpus: 8, memory: 16384, gpus: 0 },
    images: new Map<string, string>(),
  };
  const graph = await runProgram(() => {
    const scope = {
      system: "shop",
      stack: "test",
      host: new LocalHost("local", { engine }),
      image: () => "sha256:any",
      filesImage: "sha256:any",
      protectData: true,
      logging: { driver: "journald" as const },
    };
    const spec = {
      image: "sha256:any",
      user: "1000:1000",
      networks: [],
      limits: { cpus: 1, memory: 256 },
      graceSeconds: 10,
    };
    new StatefulService("own", { scope, spec, override: { logDriver: "json-file" } });
    new StatefulService("syslog", { scope, spec, override: { logDriver: "syslog" } });
    new StatefulService("other", { scope, spec });
  });
  const own = graph.the(containerType, "own").inputs;
  assert.deepEqual([own.logDriver, own.logOpts], ["json-file", { "max-size": "10m", "max-file": "5" }]);
  const elsewhere = graph.the(containerType, "syslog").inputs;
  assert.deepEqual([elsewhere.logDriver, elsewhere.logOpts], ["syslog", undefined]);
  assert.equal(graph.the(containerType, "other").inputs.logDriver, "journald");
});
