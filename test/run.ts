import { readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/**
 * Runs the suites and ends with one line of totals. `npm test` runs them all, `npm test -- unit program` some.
 * Live suites drive one Docker Engine and one set of ports, so their files run one after another.
 */
const suites = ["unit", "program", "live"];
const wanted = process.argv.length > 2 ? process.argv.slice(2) : suites;
const unknown = wanted.filter((suite) => !suites.includes(suite));
if (unknown.length > 0) {
  console.error(`suite: must be one of ${suites.join(", ")}, got ${unknown.join(", ")}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
for (const suite of wanted) {
  await runSuite(suite);
}
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

async function runSuite(suite: string): Promise<void> {
  const folder = join(import.meta.dirname, suite);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(folder, file))
    .sort();
  console.log(`${suite}: ${files.length} files`);
  const events = run({ files, concurrency: suite === "live" ? 1 : 2 });
  events.on("test:pass", (event) => {
    if (isSuite(event)) return;
    if (event.skip !== undefined || event.todo !== undefined) total.skipped++;
    else total.passed++;
  });
  events.on("test:fail", (event) => {
    if (isSuite(event)) return;
    total.failed++;
    failures.push(`${suite}: ${event.name} (${event.file ?? ""})`);
  });
  for await (const text of events.pipe(new spec())) process.stdout.write(String(text));
}

function isSuite(event: { details: { type?: string } }): boolean {
  return event.details.type === "suite";
}
