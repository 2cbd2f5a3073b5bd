import { parseCLI, startVitest } from "vitest/node";
import { prepareAll } from "./prepare.ts";

/**
 * `npm test` runs every project; words such as `unit program` choose some. All else is vitest's own: parts of file
 * names, `-t` with a test's name.
 */
const projects = ["unit", "program", "live"];
const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const chosen = filter.filter((word) => projects.includes(word));
const files = filter.filter((word) => !projects.includes(word));
const project = chosen.length > 0 ? chosen : projects;
if (project.includes("live") && files.length === 0) {
  void prepareAll().catch((error: unknown) => {
    console.error(`what live tests need could not all be made: ${String(error)}`);
  });
}
const vitest = await startVitest("test", files, { ...options, project });
await vitest.exit();
