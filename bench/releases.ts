import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeReleases } from "../test/tools/release.ts";
import { rollOut } from "../test/tools/releases.ts";
import { LiveStack } from "../test/tools/stack.ts";

/**
 * Five releases in a row under 200 requests a second, 200,000 in all: `npm run bench:releases`, 17 minutes, writes
 * docs/releases.md. `npm run bench:releases -- 20000` takes fewer requests. Fails when one of them does.
 */
const requests = Number(process.argv[2] ?? 200_000);
const releases = 5;
const perSecond = 200;

const stack = await LiveStack.open({ system: "attn" });
try {
  await stack.up();
  const what = { service: "attn_backend_api", get: "/", post: "/items", releases, requests, perSecond };
  const { steady, rolling, seconds } = await rollOut(stack, what);
  const sent = steady.sent + rolling.sent;
  const failures = { ...steady.failures, ...rolling.failures };
  const page = `# Releases under load

${releases} releases of ATTN's main application in a row, two containers each, at ${perSecond} requests a second, every second one on a connection of its own, every fourth a POST that writes a row; nothing is retried. \`npm run bench:releases${requests === 200_000 ? "" : ` -- ${requests}`}\`

| | |
| --- | --- |
| requests | ${sent.toLocaleString("en")} |
| failed | ${Object.values(failures).reduce((sum, each) => sum + each, 0)} |
| median, steady and while releasing | ${steady.p50.toFixed(0)} ms, ${rolling.p50.toFixed(0)} ms |
| 99th percentile, steady and while releasing | ${steady.p99.toFixed(0)} ms, ${rolling.p99.toFixed(0)} ms |
| slowest | ${rolling.worst.toFixed(0)} ms |
| each release took | ${seconds.map((each) => each.toFixed(0)).join(", ")} s |
`;
  console.log(page);
  writeFileSync(join(import.meta.dirname, "../docs/releases.md"), page);
  assert.deepEqual(failures, {});
} finally {
  await stack.close();
  await removeReleases();
}
