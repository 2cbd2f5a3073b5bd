import { describe, expect, it } from "vitest";
import { notRunning } from "../../../cli/verbs/inside.ts";

const container = (service: string, State: string, Status: string) => ({
  Labels: { "berth.service": service, "berth.role": "service" },
  State,
  Status,
});
const well = container("postgres", "running", "Up 2 hours (healthy)");

describe("a service in which nothing can be run", () => {
  it("is one whose container has stopped, with how it ended", () => {
    const all = [well, container("backend", "exited", "Exited (1) 5 minutes ago")];
    expect(notRunning("backend", "dev", all)).toBe(
      'service: must run, got "backend" (Exited (1) 5 minutes ago); berth logs backend says why, and berth up brings it back',
    );
  });

  it("is any of a stack of which nothing runs", () => {
    expect(notRunning("backend", "dev", [])).toBe(
      'service: must run, got "backend", and nothing of stack "dev" does; run berth up',
    );
    expect(notRunning("backend", "dev", [], true)).toBe(
      'service: must run, got "backend", and nothing of stack "dev" does; mend what the warning says, as its state tells what should',
    );
  });

  it("is one that isn't there, with those that are, each once", () => {
    expect(notRunning("backnd", "dev", [well, well, container("backend", "running", "Up 2 hours")])).toBe(
      'service: must be one of postgres, backend, got "backnd"',
    );
  });
});
