import * as pulumi from "@pulumi/pulumi";
import type { EngineEvent, PulumiFn } from "@pulumi/pulumi/automation/index.js";

type Failed = (reason: unknown) => void;

/**
 * The program, ended by the first failure that nothing handles. The Automation API only writes those down
 * (automation/server.ts, uncaughtHandler) and goes on to wait for the program's outputs, which may hang on a resource
 * that was never registered: without end. A process of the program's own would be ended by them.
 */
export function endedByFailure(program: PulumiFn): PulumiFn {
  return async () => {
    let failed: Failed = () => undefined;
    const failure = new Promise<never>((_, reject) => (failed = reject));
    // Lost to a program that has ended, it is nobody's.
    failure.catch(() => undefined);
    process.on("uncaughtException", failed).on("unhandledRejection", failed);
    try {
      return await Promise.race([whole(program), failure]);
    } finally {
      process.off("uncaughtException", failed).off("unhandledRejection", failed);
    }
  };
}

/** A program with its outputs, which the API would otherwise await by itself; what is unknown yet stays so. */
async function whole(program: PulumiFn): ReturnType<PulumiFn> {
  const outputs = await program();
  await (pulumi.output(outputs) as unknown as { promise: () => Promise<unknown> }).promise();
  return outputs;
}

/**
 * What hears a run's events, until it fails: the API takes that for an event it can't read, once for each of them.
 * The first failure stops the run after the steps under way; `check` throws it.
 */
export function hearing(hear: (event: EngineEvent) => void, stop: () => void) {
  let failure: { reason: unknown } | undefined;
  const onEvent = (event: EngineEvent): void => {
    if (failure !== undefined) return;
    try {
      hear(event);
    } catch (reason) {
      failure = { reason };
      stop();
    }
  };
  const check = (): void => {
    if (failure !== undefined) throw failure.reason;
  };
  return { onEvent, check };
}

/** Whether the engine says of a question that it was left off, which comes of giving the run up and is no news then. */
export function isLeftOff({ diagnosticEvent }: EngineEvent): boolean {
  const { severity, message = "" } = diagnosticEvent ?? {};
  return (
    severity === "error" && /client connection is closing|code = Canceled|context canceled/.test(message)
  );
}
