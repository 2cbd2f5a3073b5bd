import type { SystemDefinition } from "../define.ts";
import { badBuckets } from "./buckets.ts";
import { wrongKinds } from "./kinds.ts";
import { badNames } from "./names.ts";
import { badOrder } from "./order.ts";
import { badFillers, missingParts, unknownNames } from "./references.ts";

/**
 * What is wrong with a definition whose shape is right, a line each, as `path: rule, got value`. Names that nothing has
 * are found by the compiler too, but a file of somebody's own may run without ever being compiled.
 */
export function mistakesIn(system: SystemDefinition): string[] {
  const unknown = [...badNames(system), ...unknownNames(system)];
  // What hangs on a name is told once the names are right.
  return unknown.length > 0
    ? unknown
    : [
        ...missingParts(system),
        ...wrongKinds(system),
        ...badBuckets(system),
        ...badFillers(system),
        ...badOrder(system),
      ];
}
