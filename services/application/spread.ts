import type { Mount } from "../../components/containers/containerSpec.ts";
import { boundTo } from "../../components/containers/swarmSpec.ts";
import { containment, lasting } from "./containment.ts";
import { hasOneWriter, type ServiceSettings } from "./serviceSettings.ts";

/** What an application takes, as far as it may be on one machine alone. */
export interface Taken {
  service: ServiceSettings;
  mounts?: Mount[];
  gpus?: string;
  override?: object;
}

/**
 * Whether any machine of a swarm can run an application: nothing that it takes is on one machine alone. All others stay
 * with the data and files they share, as containers of the stack's own machine.
 */
export function maySpread(args: Taken, linked: readonly Mount[]): boolean {
  const { service, mounts = [], gpus, override = {} } = args;
  const onOne = [
    hasOneWriter(service),
    service.source !== undefined,
    // It says a container's arguments, which a service of a swarm hasn't.
    Object.keys(override).length > 0,
  ];
  const bonds = boundTo({
    ...{ image: service.image, user: service.user, networks: [], limits: service.limits },
    ...{ graceSeconds: service.graceSeconds, gpus, devices: service.devices },
    mounts: [...mounts, ...linked],
    ...containment(service, []),
    ...lasting(service),
  });
  return !onOne.includes(true) && bonds.length === 0;
}
