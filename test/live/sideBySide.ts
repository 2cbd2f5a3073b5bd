/**
 * Files that may run two at a time, in this order: they mostly wait, on stacks, networks and ports of their own. What
 * measures time, counts dropped requests or looks at the machine as a whole isn't here, and runs alone.
 */
export const sideBySide: readonly string[] = ["nginxConf.test.ts", "policyPack.test.ts"];
