import type { Facts, Rule } from "./facts.ts";
import {
  allowedRoot,
  confinement,
  gracePeriod,
  healthCheck,
  imageDigest,
  limits,
  looseContainers,
  nonRoot,
} from "./rules/containers.ts";
import { dataOnDisk } from "./rules/dataDisk.ts";
import { encryptedDisks, imdsv2, protectedData, shieldedMachines } from "./rules/machines.ts";
import { publicIngress } from "./rules/publicIngress.ts";
import { plainSecret } from "./rules/secrets.ts";

/** Every rule of the pack. */
export const rules: readonly Rule[] = [
  publicIngress,
  imageDigest,
  healthCheck,
  limits,
  nonRoot,
  allowedRoot,
  gracePeriod,
  confinement,
  looseContainers,
  plainSecret,
  encryptedDisks,
  imdsv2,
  shieldedMachines,
  protectedData,
  dataOnDisk,
];

/** Everything wrong with a stack's resources, and what settings allow: `rule: type name: violation`. */
export function judge(resources: readonly Facts[]): string[] {
  return resources.flatMap((resource) =>
    rules.flatMap(({ name, violations }) =>
      violations(resource, resources).map(
        (violation) => `${name}: ${resource.type} ${resource.name}: ${violation}`,
      ),
    ),
  );
}
