import { parseCLI, startVitest } from "vitest/node";

/**
 * `npm test` runs every project; words such as `unit program` choose some. All else is vitest's own: parts of file
 * names, `-t` with a test's name.
 */
const projects = ["unit", "program", "live"];
const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const project = filter.filter((word) => projects.includes(word));
const files = filter.filter((word) => !projects.includes(word));
const vitest = await startVitest("test", files, { ...options, ...(project.length > 0 && { project }) });
await vitest.exit();
