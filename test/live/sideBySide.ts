/**
 * Files that may run two at a time, in this order: they mostly wait, on stacks, networks and ports of their own. What
 * measures time, counts dropped requests or looks at the machine as a whole isn't here, and runs alone, when
 * all that live tests need has been made.
 */
export const sideBySide: readonly string[] = [
  // A machine with an engine of its own beside what runs on this one's.
  "sshMachine.test.ts",
  "development.test.ts",
  "sshReplace.test.ts",
  "sshDataDisk.test.ts",
  "asItself.test.ts",
  "previewReplaced.test.ts",
  "loc8.test.ts",
  "overrides.test.ts",
  "monitored.test.ts",
  "attn.test.ts",
  "alertRules.test.ts",
  "mistakes.test.ts",
  "secrets.test.ts",
  "postgresStart.test.ts",
  "nginxConf.test.ts",
  "policyPack.test.ts",
  "package.test.ts",
  "cloudPreview.test.ts",
  "plan.test.ts",
  "pluginNames.test.ts",
  "pulumiHome.test.ts",
  "stackFile.test.ts",
  "ending.test.ts",
  "workflows.test.ts",
  "ownImages.test.ts",
  "ownApi.test.ts",
  "ownLinks.test.ts",
  "ownAttn.test.ts",
  "ownVru.test.ts",
  "ownArv.test.ts",
  "ownLoc8.test.ts",
  "mediaBucket.test.ts",
  "longNames.test.ts",
  "registries.test.ts",
  "fromSource.test.ts",
  "inside.test.ts",
];
