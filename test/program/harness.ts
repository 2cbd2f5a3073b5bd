import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor, type MockCallArgs, type MockResourceResult } from "@pulumi/pulumi/runtime/mocks.js";
import { disconnect, setMockOptions } from "@pulumi/pulumi/runtime/settings.js";
import { Graph } from "./graph.ts";
import { mockOutputs } from "./mockOutputs.ts";
import { asRecord, asSecret, registered, urnOf, type Registered } from "./registered.ts";

export { Graph } from "./graph.ts";
export type { Registered } from "./registered.ts";

export interface ProgramOptions {
  /** @default "berth" */
  project?: string;
  /** @default "test" */
  stack?: string;
  /** As `pulumi preview` runs it. @default false */
  preview?: boolean;
  /** Stack config as a file has it: full key (`berth:host`) → value. @default none */
  config?: Record<string, unknown>;
  /** Full keys that are secrets in the file. @default none */
  secretKeys?: string[];
  /** What a resource yields, laid over {@link mockOutputs}. */
  outputs?: (resource: Registered) => Record<string, unknown>;
  /** What provider functions answer, by token. @default their own arguments */
  calls?: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>;
}

/**
 * Runs a program against mocks and yields every resource it registered; nothing leaves the process. One program
 * at a time: Pulumi's runtime is global. Throws what the program throws.
 */
export async function runProgram(program: () => unknown, options: ProgramOptions = {}): Promise<Graph> {
  const { project = "berth", stack = "test", preview = false } = options;
  const recorder = new Recorder(project, stack, options);
  await pulumi.runtime.setMocks(recorder.mocks, project, stack, preview);
  setMockOptions(recorder, project, stack, preview);
  pulumi.runtime.setAllConfig(configText(options.config ?? {}), options.secretKeys);
  const { stackTraceLimit } = Error;
  // The SDK makes an error for each value that may come later: with their frames a graph takes 2.4 times as long. Under
  // tsx they stay, which looks at frames to tell who imports what.
  if (process.env.VITEST !== undefined) Error.stackTraceLimit = 0;
  try {
    return await ranProgram(program, recorder);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function ranProgram(program: () => unknown, recorder: Recorder): Promise<Graph> {
  let thrown: Error | undefined;
  const outputs: unknown = await pulumi.runtime.runInPulumiStack(async () => {
    try {
      return asRecord(await program());
    } catch (error) {
      thrown = error instanceof Error ? error : new Error(String(error));
      return {};
    }
  });
  await disconnect();
  if (thrown !== undefined) throw thrown;
  return new Graph(recorder.resources, recorder.calls, asRecord(outputs));
}

type Reply = (error: unknown, response: unknown) => void;

/** Stands before the mocks and hears every request whole, with the options that mocks alone don't get to see. */
class Recorder {
  readonly resources: Registered[] = [];
  readonly calls: string[] = [];
  readonly mocks = { newResource: () => this.#outputs(), call: (args: MockCallArgs) => this.#call(args) };
  readonly #inner = new MockMonitor(this.mocks);
  #current: Registered | undefined;

  constructor(
    readonly project: string,
    readonly stack: string,
    readonly options: ProgramOptions,
  ) {}

  registerResource(request: RegisterResourceRequest, reply: Reply): Promise<void> {
    // The mocks are asked before the first wait of the call below, so this is still its resource then.
    this.#current = registered(request, urnOf(request, this.project, this.stack));
    this.resources.push(this.#current);
    return this.#inner.registerResource(request, reply);
  }

  invoke(request: unknown, reply: Reply): Promise<void> {
    return this.#inner.invoke(request, reply);
  }

  readResource(request: unknown, reply: Reply): Promise<void> {
    this.#current = undefined;
    return this.#inner.readResource(request, reply);
  }

  registerResourceOutputs(request: unknown, reply: Reply): void {
    this.#inner.registerResourceOutputs(request, reply);
  }

  supportsFeature(request: unknown, reply: Reply): void {
    this.#inner.supportsFeature(request, reply);
  }

  registerPackage(request: unknown, reply: Reply): void {
    this.#inner.registerPackage(request, reply);
  }

  #outputs(): MockResourceResult {
    const resource = this.#current;
    if (resource === undefined) return { id: undefined, state: {} };
    const state: Record<string, unknown> = {
      ...resource.raw,
      ...mockOutputs(resource),
      ...this.options.outputs?.(resource),
    };
    for (const key of new Set(resource.options.additionalSecretOutputs)) {
      if (key in state) state[key] = asSecret(state[key]);
    }
    return { id: resource.custom ? `${resource.name}-id` : undefined, state };
  }

  #call({ token, inputs }: MockCallArgs): Record<string, unknown> {
    this.calls.push(token);
    const given = asRecord(inputs);
    return this.options.calls?.[token]?.(given) ?? given;
  }
}

/** Values as the engine hands them to a program. */
export function configText(config: Record<string, unknown>): Record<string, string> {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, text(value)]));
}
