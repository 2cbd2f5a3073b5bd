import type { HealthCheck } from "../components/containers/health.ts";
import type { ServiceSettings } from "../services/application/serviceSettings.ts";
import { plainNumbers, userNumbers, type Accounts } from "../toolchain/images/accounts.ts";
import type { ImageConfig } from "../toolchain/images/config.ts";
import { isRoot, rootCapabilities } from "../services/application/root.ts";

/** What was found of an image; of its accounts a registry tells nothing. */
export interface FoundImage {
  config: ImageConfig;
  accounts?: Accounts;
}

export type LookedUp = FoundImage | { reason: string };

/** A service's settings with what its image says, and what a person has to know of it, a line each. */
export interface Completed {
  service: ServiceSettings;
  warnings: readonly string[];
  problems: readonly string[];
}

/** The label of what is made of the reference application: the system's own process runs in it. */
const processLabel = "berth.process";

/**
 * Completes a service's settings with what its image says of user and health, where settings name its image and it is
 * an owner's own. `preview` plans on where a run can't.
 */
export function ownImage(service: ServiceSettings, looked: LookedUp, preview: boolean): Completed {
  const { name, image, candidate } = service;
  if (candidate === undefined) return { service, warnings: [], problems: [] };
  if ("reason" in looked) return unseen(service, looked.reason);
  const { config } = looked;
  if (config.labels[processLabel] === "system") return { service, warnings: [], problems: [] };
  const { user, warning, problem }: User = candidate.user ? { user: service.user } : userOf(service, looked);
  const runsAsRoot = user !== undefined && isRoot(user);
  const allowed = service.root === true;
  const refusal = runsAsRoot && !allowed ? [rootRefused(name, image)] : [];
  const unknown = problem === undefined ? [] : [problem];
  const notes = [runsAsRoot && allowed ? rootAllowed(name, image) : undefined, warning];
  return {
    service: {
      ...service,
      own: true,
      user: user ?? service.user,
      // It asks the image's own process.
      ...(!candidate.health &&
        service.process !== "system" &&
        config.healthcheck && { imageHealth: healthIn(config.healthcheck) }),
    },
    // A preview goes on without the number of a user's name: a run may have the image by then.
    warnings: [...notes, otherPort(service, config), ...(preview ? unknown : [])].filter(
      (note) => note !== undefined,
    ),
    problems: [...refusal, ...(preview ? [] : unknown)],
  };
}

function rootRefused(name: string, image: string): string {
  return `images.${name}: must be an image with a user of its own, got "${image}", which runs as root; set override.${name}.user, or override.${name}.root: true to allow it`;
}

function rootAllowed(name: string, image: string): string {
  return `override.${name}.root: "${image}" runs as root, with ${rootCapabilities.join(", ")} and no more`;
}

/** Nobody could look into it: most likely it is an owner's own. */
function unseen(service: ServiceSettings, reason: string): Completed {
  const { name, image, user } = service;
  const warning = `images.${name}: "${image}" couldn't be looked into (${reason}); planned with user ${user} and the system's health check, unless override.${name} says otherwise`;
  return { service: { ...service, own: true }, warnings: [warning], problems: [] };
}

interface User {
  user?: string;
  warning?: string;
  problem?: string;
}

function userOf({ name, image }: ServiceSettings, { config, accounts }: FoundImage): User {
  const { user } = config;
  const plain = plainNumbers(user);
  if (plain === "0:0" && !/^\d+:/.test(user)) return { user: plain };
  const fix = `set override.${name}.user`;
  if (accounts !== undefined) {
    const found = userNumbers(user, accounts);
    if (found !== undefined) return { user: found };
    return {
      problem: `images.${name}: must have its user in its /etc/passwd, got USER "${user}" of "${image}"; ${fix}`,
    };
  }
  if (plain === undefined)
    return {
      problem: `images.${name}: must have a user by number where its /etc/passwd can't be read, got USER "${user}" of "${image}"; ${fix}`,
    };
  if (user.includes(":")) return { user: plain };
  return {
    user: plain,
    warning: `images.${name}: the group of USER "${user}" of "${image}" can't be told without the image, so ${plain} is taken; ${fix}`,
  };
}

function healthIn(found: NonNullable<ImageConfig["healthcheck"]>): HealthCheck {
  const { test, interval, timeout, retries } = found;
  return {
    test,
    ...(interval !== undefined && { intervalSeconds: interval }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(retries !== undefined && { retries }),
  };
}

/** What an image exposes is most often where it listens. */
function otherPort(
  { name, image, port, candidate }: ServiceSettings,
  { ports }: ImageConfig,
): string | undefined {
  if (port === 0 || candidate?.port === true || ports.length === 0 || ports.includes(port)) return undefined;
  return `images.${name}: "${image}" exposes ${ports.join(", ")}, and port ${port} is asked; set override.${name}.port if it listens elsewhere`;
}
