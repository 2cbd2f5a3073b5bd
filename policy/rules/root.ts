import { labelled, loosened, type Facts } from "../facts.ts";

export function namesUser(user: unknown): boolean {
  return typeof user === "string" && /^[a-z_1-9]/.test(user) && !/^root(?::|$)/.test(user);
}

/** All that root is let keep where a setting allows it: it hands files over, becomes another user, and listens below 1024. */
const rootCapabilities: readonly string[] = [
  ...["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETGID", "CAP_SETUID", "CAP_KILL"],
  "CAP_NET_BIND_SERVICE",
];

/** Whether a setting allows root, with no more capabilities than that. */
export function mayBeRoot(resource: Facts, adds: readonly string[]): boolean {
  const loose = loosened(resource).includes("capabilities");
  return (
    labelled(resource, "berth.root") === "allowed" &&
    (loose || adds.every((kept) => rootCapabilities.includes(kept)))
  );
}
