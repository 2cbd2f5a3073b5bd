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

/** The engine stops the containers of the release before once the last step has run, some seconds later. */
const roomSeconds = 10;
/** A rotation has former logins refused within this, unless an application may take longer to stop. */
const usualSeconds = 60;

/** How long after the last step a former login is still taken, for what is stopping. */
export function secondsOfFormer(stopSeconds: number): number {
  const whole = stopSeconds + roomSeconds;
  return stopSeconds > usualSeconds ? whole : Math.min(whole, usualSeconds);
}
