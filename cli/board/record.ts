import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { outputsIn, summaryOf, type Summary } from "../summary.ts";
import { changeOf, messageOf, type Change, type Message } from "./events.ts";

/** What is remembered of a run of the engine, for its last words. */
export class RunRecord {
  readonly messages: Message[];
  readonly failed: Change[] = [];
  outputs: Record<string, unknown> = {};
  summary: Summary | undefined;

  /** `warnings` were said already, and count as if the engine had said them. */
  constructor(warnings: readonly string[] = []) {
    this.messages = warnings.map((text) => ({ severity: "warning", text }));
  }

  /** Takes an event in; returns the change it tells of, if it tells of one. */
  take(event: EngineEvent): Change | undefined {
    const message = messageOf(event);
    // The bridge says each error twice, in different frames.
    if (message && !this.messages.some(({ text }) => text === message.text)) this.messages.push(message);
    const change = changeOf(event);
    if (change?.kind === "fail") this.failed.push(change);
    this.outputs = outputsIn(event) ?? this.outputs;
    this.summary = summaryOf(event) ?? this.summary;
    return change;
  }

  get warnings(): string[] {
    return this.messages.filter(({ severity }) => severity === "warning").map(({ text }) => text);
  }
}
