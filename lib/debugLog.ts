import { runtime } from "@pulumi/pulumi";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";

/** LogSeverity.DEBUG of engine.proto, whose module has no exports that one of ours could import by name. */
const debug = 0;

type Done = (error: Error | null, response: unknown) => void;

/**
 * Keeps the SDK's debug messages to itself. `pulumi up --debug` and an engine that logs print them, and among them
 * is every response of the engine with its secrets in the clear (runtime/resource.ts, "RPC finished").
 */
export function withholdDebugMessages(): void {
  const engine = runtime.getEngine() as { log: (request: LogRequest, done: Done) => unknown } | undefined;
  if (engine === undefined) return;
  const log = engine.log.bind(engine);
  engine.log = (request, done) => {
    const severity: number = request.getSeverity();
    if (severity === debug) done(null, undefined);
    else log(request, done);
  };
}
