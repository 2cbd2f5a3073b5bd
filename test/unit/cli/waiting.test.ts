import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import * as state from "@pulumi/pulumi/runtime/state.js";
import { expect, it, onTestFinished, vi } from "vitest";
import { startEngine } from "../../../cli/engine/process.ts";
import { Waiting } from "../../../cli/engine/waiting.ts";
import { until } from "../../tools/wait.ts";

const network = "urn:pulumi:dev::berth::berth:hosts:LocalHost$docker:index/network:Network::attn-network";

function labelled(label: string): Promise<never> {
  return Object.assign(new Promise<never>(() => undefined), { _debugCtx: label });
}

it("names whom the SDK has asked, and leaves out what it does by itself", async () => {
  const { leakCandidates } = (
    state as unknown as { getStore: () => { leakCandidates: Set<Promise<unknown>> } }
  ).getStore();
  const waiting = new Waiting();
  expect(waiting.names()).toEqual([]);
  await waiting.heard(() => Promise.resolve({}))();
  const labels = [
    "rpcKeepAlive",
    "Invoking function: tok=aws:ec2/getAmi:getAmi asynchronously",
    "Calling function: tok=shop:index:describe",
    "resource:attn-network[docker:index/network:Network]#...",
    "resource:attn-network[docker:index/network:Network]",
    "resolveURN(resource:attn-network[docker:index/network:Network])",
    `resource:urn=${network}`,
    `monitor.registerResourceOutputs(${network}, ...)`,
  ].map(labelled);
  for (const one of labels) leakCandidates.add(one);
  expect(waiting.names()).toEqual([
    "aws:ec2/getAmi:getAmi",
    "shop:index:describe",
    "attn-network (docker:index/network:Network)",
  ]);
  for (const one of labels) leakCandidates.delete(one);
  expect(waiting.names()).toEqual([]);
});

it("names a step of the engine's until it has ended", () => {
  const waiting = new Waiting();
  const event = (name: keyof EngineEvent, urn: string) => {
    waiting.take({ sequence: 1, timestamp: 1, [name]: { metadata: { urn } } });
  };
  event("resourcePreEvent", network);
  event("resourcePreEvent", `${network}-ipv6`);
  event("resOutputsEvent", `${network}-ipv6`);
  expect(waiting.names()).toEqual(["attn-network (docker:index/network:Network)"]);
  event("resOpFailedEvent", network);
  expect(waiting.names()).toEqual([]);
});

/** A process that starts another, as the engine does a plugin: the head of a group of its own. */
async function started(script: string) {
  const mark = `86${process.pid}`;
  const engine = startEngine("sh", ["-c", script.replace("MARK", mark)], "/", process.env);
  const left = async (): Promise<number> => {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "args="]);
    return stdout.split("\n").filter((line) => line === `sleep ${mark}`).length;
  };
  await until("its plugin", 25, async () => (await left()) === 1);
  return { engine, left };
}

it("a run that is given up is interrupted, and killed with its plugins where that isn't enough", async () => {
  const deaf = await started("trap '' INT; setsid sleep MARK & while :; do wait; done");
  deaf.engine.giveUp(1);
  expect(await deaf.engine.ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("SIGKILL") as string,
  });
  await until("the plugin's end", 25, async () => (await deaf.left()) === 0);
});

it("the third time it is interrupted, it is killed with its plugins, where there is no ps too", async () => {
  const deaf = await started("trap '' INT; setsid sleep MARK & while :; do wait; done");
  vi.stubEnv("PATH", "/nowhere");
  for (let times = 0; times < 3; times++) deaf.engine.interrupt();
  const { stderr } = await deaf.engine.ended;
  vi.unstubAllEnvs();
  expect(stderr).toContain("SIGKILL");
  await until("the plugin's end", 25, async () => (await deaf.left()) === 0);
});

it("one that has ended isn't killed later, when its number may be another's", async () => {
  const engine = startEngine("true", [], "/", process.env);
  await engine.ended;
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  engine.giveUp(15);
  expect(vi.getTimerCount()).toBe(0);
});

it("one that ends when it is asked isn't killed", async () => {
  const polite = await started(
    "setsid sleep MARK & plugin=$!; trap 'kill $plugin; exit 7' INT; while :; do wait; done",
  );
  polite.engine.giveUp(30);
  expect(await polite.engine.ended).toEqual({ code: 7, stdout: "", stderr: "" });
  expect(await polite.left()).toBe(0);
});
