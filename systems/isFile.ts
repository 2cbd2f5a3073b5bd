/** Whether `system` names a file of somebody's own, and no system that Berth brings. */
export function isFile(system: unknown): system is string {
  return typeof system === "string" && /^\.{0,2}\/|\.[cm]?[jt]s$/.test(system);
}
