import type { EngineEvent, PulumiFn } from "@pulumi/pulumi/automation/index.js";
import * as state from "@pulumi/pulumi/runtime/state.js";

/** What the SDK hasn't had an answer for, with a label of what it asked (runtime/debuggable.ts). */
interface Store {
  leakCandidates: ReadonlySet<{ _debugCtx?: string }>;
}

/** There in the SDK, though not in its types. */
const { getStore } = state as unknown as { getStore: () => Store };

/** What a run waits for, so that one that is given up can say it. */
export class Waiting {
  private store: Store | undefined;
  private readonly steps = new Set<string>();

  /** The program, whose questions are known from now on: each run inside this process has a store of its own. */
  heard(program: PulumiFn): PulumiFn {
    return async () => {
      this.store = getStore();
      return await program();
    };
  }

  take({ resourcePreEvent, resOutputsEvent, resOpFailedEvent }: EngineEvent): void {
    if (resourcePreEvent) this.steps.add(resourcePreEvent.metadata.urn);
    const ended = resOutputsEvent ?? resOpFailedEvent;
    if (ended) this.steps.delete(ended.metadata.urn);
  }

  /** What has no answer yet, such as `aws:ec2/getAmi:getAmi` or `attn-network (docker:index/network:Network)`. */
  names(): string[] {
    const questions = [...(this.store?.leakCandidates ?? [])].map(({ _debugCtx = "" }) =>
      questionIn(_debugCtx),
    );
    const steps = [...this.steps].map(resourceIn);
    return [...new Set([...questions, ...steps])].filter((name) => name !== "");
  }
}

/** `resource:name[type]`, `resource:urn=urn:…` and `Invoking function: tok=… asynchronously`; nothing of the SDK's own. */
function questionIn(label: string): string {
  const [, urn] = /^resource:urn=(urn:.*)$/.exec(label) ?? [];
  if (urn !== undefined) return resourceIn(urn);
  const [, name, type] = /^resource:(.+)\[([\w:./-]+)\](?:#\.\.\.)?$/.exec(label) ?? [];
  if (name !== undefined) return `${name} (${type})`;
  return /^(?:Invoking|Calling) function: tok=(\S+)/.exec(label)?.[1] ?? "";
}

/** Name and own type of `urn:pulumi:<stack>::<project>::<types of its parents$type>::<name>`. */
function resourceIn(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${name.join("::")} (${types.split("$").at(-1)})`;
}
