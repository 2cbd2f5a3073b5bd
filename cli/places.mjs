// Where a command writes beside the project, looked at before it does: below /proc Node.js goes on making a folder
// without end, and others end with a stack trace.
import { mkdirSync, mkdtempSync, rmdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import envPaths from "env-paths";

const paths = envPaths("berth", { suffix: "" });

/** Why the compiled program can't be kept, in a line; nothing where it can. */
export function cacheProblem(env = process.env) {
  return problemOf(env.XDG_CACHE_HOME ? "XDG_CACHE_HOME" : "HOME", paths.cache, makeAll);
}

/** What keeps a verb from writing, a line for each variable that names no place for it. */
export function placeProblems(env = process.env) {
  const temporary = ["TMPDIR", "TMP", "TEMP"].find((name) => env[name]) ?? "TMPDIR";
  return [
    problemOf(env.XDG_DATA_HOME ? "XDG_DATA_HOME" : "HOME", paths.data, makeAll),
    env.XDG_STATE_HOME && problemOf("XDG_STATE_HOME", paths.log, makeAll),
    env.PULUMI_HOME && problemOf("PULUMI_HOME", env.PULUMI_HOME, makeAll),
    problemOf(temporary, tmpdir()),
  ].filter(Boolean);
}

function problemOf(variable, folder, make = () => undefined) {
  try {
    make(folder);
    // In containers that share a folder, processes have the same number.
    rmdirSync(mkdtempSync(join(folder, ".berth-")));
    return undefined;
  } catch (error) {
    const [reason] = error.message.split(",");
    return `${variable}: must lead to a folder that can be written, got "${folder}" (${reason})`;
  }
}

/** One after the other: each call ends. */
function makeAll(folder) {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  makeAll(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
}
