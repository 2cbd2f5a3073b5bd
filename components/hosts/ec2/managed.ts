import type { Provider } from "@pulumi/aws/provider.js";
import type { Input } from "@pulumi/pulumi";
import type { ManagedServices } from "../../managed/managed.ts";
import { RdsPostgres } from "./rds.ts";
import { S3Bucket } from "./s3.ts";
import type { Ec2Network } from "./network.ts";

export interface Ec2ManagedArgs {
  aws: Provider;
  network: Ec2Network;
  region: string;
  /** Id of the machine's security group. */
  machine: Input<string>;
  database: { instanceClass: string; disk: number };
  snapshotDays: number;
  protectData: boolean;
}

/** What AWS runs beside a machine. */
export function ec2Managed({ aws, network, machine, database, ...args }: Ec2ManagedArgs): ManagedServices {
  return {
    postgres(name, wanted, opts) {
      const inside = { ...opts, provider: aws };
      const subnets = network.databaseSubnets(`${name}-subnet`, inside);
      return new RdsPostgres(
        name,
        { ...args, ...database, ...wanted, vpc: network.vpc, machine, subnets },
        inside,
      );
    },
    bucket: (name, opts) => new S3Bucket(name, args, { ...opts, provider: aws }),
  };
}
