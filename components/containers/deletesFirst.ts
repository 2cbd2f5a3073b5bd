import * as pulumi from "@pulumi/pulumi";
import type { Host } from "./host.ts";

/**
 * Whether the engine deletes what may exist only once before it makes its successor. It asks the provider then which
 * others go with it, and in the preview of a replaced machine there is nobody to ask: the address is unknown, and the
 * preview would end there (pulumi/pulumi pkg/resource/deploy/step_generator.go, calculateDependentReplacements). So
 * where machines are replaced a preview shows the other order; the run itself deletes first.
 */
export function deletesFirst({ onHost }: Pick<Host, "onHost">): boolean {
  return onHost.replaceWith === undefined || !pulumi.runtime.isDryRun();
}
