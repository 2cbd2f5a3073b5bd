import { findCloudHost } from "../cloud/find.ts";
import type { FoundHost, WantedHost } from "../kind.ts";
import { Ec2Host, ec2Size, type Ec2HostSettings } from "./ec2.ts";

export function findEc2(wanted: WantedHost<Ec2HostSettings & { kind: string }>): FoundHost {
  return findCloudHost(wanted, { Machine: Ec2Host, size: ec2Size });
}
