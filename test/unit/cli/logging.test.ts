import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test } from "vitest";
import { collectorProblems, driverProblems, bashReason } from "../../../cli/preflight/logging.ts";
import { loggingNotes } from "../../../settings/logging.ts";
import type { Logging } from "../../../components/containers/logDrivers.ts";

const engine = { Name: "app", ServerVersion: "24.0.7", Plugins: { Log: ["local", "journald", "fluentd"] } };

test("a driver that the engine hasn't is refused before anything is made", () => {
  assert.deepEqual(driverProblems({ driver: "gcplogs" }, [engine]), [
    'logging.driver: must be one that this Docker Engine has (local, journald, fluentd), got "gcplogs"',
  ]);
  assert.deepEqual(driverProblems({ driver: "journald" }, [engine]), []);
});

test("of several machines the one whose engine hasn't the driver, or not its option, is named", () => {
  const older = { Name: "gpu", ServerVersion: "20.10.24", Plugins: { Log: ["local", "fluentd"] } };
  assert.deepEqual(driverProblems({ driver: "journald" }, [engine, older]), [
    'logging.driver: must be one that this Docker Engine has (local, fluentd), got "journald", on machine gpu',
  ]);
  const options = { "fluentd-async-reconnect-interval": "1s" };
  assert.deepEqual(driverProblems({ driver: "fluentd", options }, [engine, older]), [
    "logging.options.fluentd-async-reconnect-interval: must be left out before Docker Engine 23.0, got 20.10.24, on machine gpu",
  ]);
});

test("an engine that doesn't say what it has is believed", () => {
  assert.deepEqual(driverProblems({ driver: "gcplogs" }, [{ Name: "app", ServerVersion: "24.0.7" }]), []);
});

test("an option is refused of an engine from before it", () => {
  const options = { "fluentd-write-timeout": "5s", "fluentd-async-reconnect-interval": "1s" };
  assert.deepEqual(driverProblems({ driver: "fluentd", options }, [engine]), [
    "logging.options.fluentd-write-timeout: must be left out before Docker Engine 28.2, got 24.0.7",
  ]);
  const later = { ...engine, ServerVersion: "28.5.2+dfsg1" };
  assert.deepEqual(driverProblems({ driver: "fluentd", options }, [later]), []);
});

function syslog(address: string): Logging {
  return { driver: "syslog", options: { "syslog-address": address } };
}

test("a collector for which Docker would wait has to answer", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  assert.deepEqual(await collectorProblems(syslog(`tcp://127.0.0.1:${port}`), [undefined]), []);
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(await collectorProblems(syslog(`tcp://127.0.0.1:${port}`), [undefined]), [
    `logging.options.syslog-address: must be answered at 127.0.0.1:${port}, got connection refused; start the collector, or name another`,
  ]);
  assert.deepEqual(await collectorProblems(syslog(`udp://127.0.0.1:${port}`), [undefined]), []);
});

test("a socket of this machine has to be there", async () => {
  assert.deepEqual(await collectorProblems(syslog("unix:///nowhere/log"), [undefined]), [
    "logging.options.syslog-address: must be answered at /nowhere/log, got no such file; start the collector, or name another",
  ]);
});

test("nobody is asked where Docker waits for nobody", async () => {
  const refusal = () => Promise.reject(new Error("must not be asked"));
  assert.deepEqual(await collectorProblems({ driver: "fluentd" }, [undefined], refusal), []);
  assert.deepEqual(await collectorProblems({ driver: "local" }, [undefined], refusal), []);
});

const answers: [output: string, reason: string | undefined][] = [
  ["", undefined],
  [
    "bash: connect: Connection refused\nbash: line 1: /dev/tcp/logs/601: Connection refused\nended with 1\n",
    "connection refused",
  ],
  ["bash: line 1: logs: Name or service not known\nended with 1", "no such name"],
  ["ended with 124", "no answer in 5 s"],
  ["no such file", "no such file"],
  // No bash there, which says nothing of the collector.
  ["timeout: failed to run command 'bash': No such file or directory\nended with 127", undefined],
];

for (const [output, reason] of answers) {
  test(`a machine that says ${JSON.stringify(output)} means ${reason ?? "that it was answered"}`, () => {
    assert.equal(bashReason(output), reason);
  });
}

test("an address that is a secret isn't shown", async () => {
  const logging = { ...syslog("tcp://hidden.example.org:514"), secret: ["syslog-address"] };
  const problems = await collectorProblems(logging, [undefined], () => Promise.resolve("no such name"));
  assert.deepEqual(problems, [
    "logging.options.syslog-address: must be answered at its address, got no such name; start the collector, or name another",
  ]);
  const raw = () => Promise.resolve("connect EHOSTUNREACH 198.51.100.7:514");
  assert.match(
    (await collectorProblems(logging, [undefined], raw)).join(),
    /at its address, got no answer; start/,
  );
  assert.doesNotMatch(loggingNotes(logging).join(), /hidden/);
  assert.match(loggingNotes({ ...logging, secret: [] }).join(), /hidden/);
});
