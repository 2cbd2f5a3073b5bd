import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** A variable's value; one that is set to nothing counts as not set, as the tools that own them have it. */
export function variable(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

/** Where PATH has a program, if anywhere. */
export function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find((candidate) => existsSync(candidate));
}

/** Where the engine has its plugins. */
export function pluginsFolder(): string {
  return join(variable("PULUMI_HOME") ?? join(homedir(), ".pulumi"), "plugins");
}
