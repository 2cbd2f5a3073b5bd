import type * as pulumi from "@pulumi/pulumi";

/** What a run's last step comes after, and where it belongs. */
export interface Last {
  /** Known once everything serves its release; a run that fails never knows it. */
  ready: pulumi.Output<true>;
  dependsOn: pulumi.Resource[];
  parent: pulumi.Resource;
  /** Seconds that what uses it may still take to stop, once the last step has run. */
  stopSeconds: number;
}
