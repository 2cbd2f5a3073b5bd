/**
 * What Docker says of a container that never began because its log driver didn't (moby/moby daemon/container,
 * InitializeStdio), in words that name the setting and not the image. Nothing of any other failure.
 */
export function loggingReason(text: string): string | undefined {
  const [, driver] = /failed to initialize logging driver: ([^\n]+)/.exec(text) ?? [];
  if (driver === undefined) return undefined;
  const got = driver.trim().replace(/["\s]+$/, "");
  return `logging: must be taken by its driver before a container starts, got "${got}"; start the collector, or change logging`;
}
