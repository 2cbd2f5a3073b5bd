import { isIP } from "node:net";
import * as z from "zod";
import { flag, rule, wholeNumber, words } from "../lib/rules.ts";
import { capabilities, type Capability, type Containment } from "../services/application/containment.ts";

/** What the kernel or Berth keeps there isn't for an image to hide. */
const kept = ["/proc", "/sys", "/dev", "/etc/berth", "/run/berth-probe"];

const folder = rule(
  `must be an absolute path such as "/var/cache/nginx", not "/" nor in ${kept.join(", ")}`,
  (value): value is string =>
    typeof value === "string" &&
    /^(?:\/[\w.@~+-]+)+$/.test(value) &&
    !/\/\.\.?(?:\/|$)/.test(value) &&
    !kept.some((place) => value === place || value.startsWith(`${place}/`)),
);

const capability = rule(
  `must be one of ${Object.keys(capabilities).join(", ")}`,
  (value): value is Capability => typeof value === "string" && Object.hasOwn(capabilities, value),
);

const hostName = rule(
  'must be a host name such as "ldap.example.org"',
  (value): value is string =>
    typeof value === "string" && /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})$/.test(value),
);

/** `host-gateway` is Docker's word for the machine itself (https://docs.docker.com/reference/cli/dockerd/#configure-host-gateway-ip). */
const address = rule(
  'must be an address such as "10.0.0.5", or "host-gateway" for the machine itself',
  (value): value is string => typeof value === "string" && (isIP(value) !== 0 || value === "host-gateway"),
);

const signal = rule(
  'must be a signal such as "SIGQUIT"',
  (value): value is string =>
    typeof value === "string" && /^SIG(?:TERM|INT|QUIT|HUP|USR1|USR2|WINCH|ALRM|RTMIN\+\d{1,2})$/.test(value),
);

/** Keys of `override` that say how an image of somebody's own is contained. */
export const containmentShape = {
  writable: z
    .array(folder, { error: "must be a list of paths" })
    .optional()
    .describe(
      "Folders that it may write into beside /tmp, as a list: each is memory of its own, empty at each start, that counts towards its limit. What the image has there is hidden; one that `volumes` names too is kept there",
    ),
  readOnlyRoot: flag
    .optional()
    .describe("false lets it change its image's files, for one whose folders can't be told. Preview says so"),
  entrypoint: words
    .optional()
    .describe(
      "Instead of the image's ENTRYPOINT, as a list. Docker leaves out the image's CMD then, so name `command` too",
    ),
  tmpfs: z
    .record(folder, wholeNumber(1, 65536), { error: 'must be a map such as { "/tmp": 256 }' })
    .optional()
    .describe("Room of a folder in memory in MiB, by path, such as { /tmp: 256 }; 64 unless set"),
  capabilities: z
    .array(capability, { error: "must be a list of capabilities" })
    .optional()
    .describe(
      "Linux capabilities that it keeps, as a list of those below; a process that isn't root gets none of them. Preview says so",
    ),
  extraHosts: z
    .record(hostName, address, { error: 'must be a map such as { "ldap.example.org": "10.0.0.5" }' })
    .optional()
    .describe("Address of names that its network doesn't know; host-gateway is the machine itself"),
  shm: wholeNumber(1, 65536)
    .optional()
    .describe("Shared memory in MiB, 64 unless set, for browsers and PyTorch's loaders"),
  stopSignal: signal.optional().describe("Signal that ends it, else its image's, else SIGTERM"),
};

/** Those of an override's keys. */
export function containmentIn(override: Containment): Containment {
  const own = Object.entries(override).filter(([key]) => key in containmentShape);
  return Object.fromEntries(own);
}
