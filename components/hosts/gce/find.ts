import { findCloudHost } from "../cloud/find.ts";
import type { FoundHost, WantedHost } from "../kind.ts";
import { GceHost, gceSize, type GceHostSettings } from "./gce.ts";

export function findGce(wanted: WantedHost<GceHostSettings & { kind: string }>): FoundHost {
  return findCloudHost(wanted, { Machine: GceHost, size: (one) => gceSize(one).capacity });
}
