import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
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

/**
 * The user's home as the engine has it: the one in /etc/passwd, whatever HOME says (Go's `user.Current`). The two
 * differ in a job that runs in a container: HOME is the runner's, the user is root.
 */
export function userHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return homedir(); // a user id without an entry
  }
}

/** Where the engine has its plugins, its credentials and its log. */
export function pulumiHome(env: NodeJS.ProcessEnv = process.env): string {
  return variable("PULUMI_HOME", env) ?? join(userHome(), ".pulumi");
}

/** Where the engine has its plugins. */
export function pluginsFolder(): string {
  return join(pulumiHome(), "plugins");
}
