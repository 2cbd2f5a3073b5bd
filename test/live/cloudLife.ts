import assert from "node:assert/strict";
import type { EngineEvent, PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import { onTestFinished } from "vitest";
import { machineCommands } from "../tools/machineCommands.ts";
import { openStack } from "./sshRig.ts";

/** Milliseconds after which a run is given up: a plugin sleeps seconds for each account it makes, and polls. */
const bound = 400_000;

/** What stands in for a vendor's APIs. */
interface StoodIn {
  url: string;
  /** What makes the vendor's plugin use it. */
  environment: Record<string, string>;
  close(): void;
}

/** A stack whose plugin and whose vendor's command line ask the stand-in; gone at the end of the test, as that is. */
export async function livingStack(
  name: string,
  vendor: "gcloud" | "aws",
  standin: StoodIn,
  program: PulumiFn,
): Promise<Stack> {
  const commands = await machineCommands(vendor, standin.url);
  Object.assign(process.env, standin.environment, { PATH: commands.path });
  const { stack, [Symbol.asyncDispose]: remove } = await openStack(name, program);
  onTestFinished(async () => {
    await remove();
    await commands.remove();
    standin.close();
  });
  return stack;
}

type Run = (options: { onEvent: (event: EngineEvent) => void; signal: AbortSignal }) => Promise<unknown>;

/**
 * What a run does to what is at the vendor and to commands, such as `update Instance gce-vm: machineType`; of a
 * replacement that it is one, and of a refresh what is otherwise than the state has it.
 */
export async function steps(run: Run): Promise<string[]> {
  const seen = new Set<string>();
  const onEvent = ({ resourcePreEvent, resOutputsEvent }: EngineEvent): void => {
    const { op, urn, detailedDiff, diffs } = (resourcePreEvent ?? resOutputsEvent)?.metadata ?? {
      op: "same",
      urn: "",
    };
    const [types = "", name = ""] = urn.split("::").slice(-2);
    const type = types.split("$").at(-1) ?? "";
    if (quiet.has(op) || !/^(?:aws|gcp|command):/.test(type)) return;
    const what = Object.keys(detailedDiff ?? {}).sort();
    const changed = op === "update" ? `: ${(what.length > 0 ? what : (diffs ?? [])).join(", ")}` : "";
    seen.add(`${op} ${type.split(":").at(-1) ?? ""} ${name}${changed}`);
  };
  await run({ onEvent, signal: AbortSignal.timeout(bound) });
  return [...seen].sort();
}

const quiet = new Set<string>(["same", "refresh", "read", "create-replacement", "delete-replaced"]);

/** Nothing is to do, as the state has it and as the vendor does. */
export async function settled(stack: Stack, program: PulumiFn): Promise<void> {
  const preview = () => steps((options) => stack.preview({ ...options, program }));
  assert.deepEqual(await preview(), []);
  assert.deepEqual(await steps((options) => stack.refresh(options)), []);
  assert.deepEqual(await preview(), []);
}
