import { existsSync } from "node:fs";
import { mkdir, rename, symlink } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import { pulumiHome } from "../../toolchain/env.ts";

/**
 * A PULUMI_HOME where the engine keeps no log of its own. Else it writes down all that a run sees, secrets too, though
 * encrypted: 2 MB each time, up to 500 MB, a tenth of the time of a run with nothing to do. It has no switch for that,
 * and goes without where the folder can't be made (pulumi/pulumi pkg/cmd/pulumi/pulumi.go, StartLogging). All else in
 * it is the user's own. BERTH_DEBUG keeps the log, for `pulumi logs`.
 */
export async function quietHome(data: string, environment = process.env): Promise<{ PULUMI_HOME?: string }> {
  if (environment.BERTH_DEBUG) return {};
  const own = pulumiHome(environment);
  const quiet = join(data, "pulumi");
  const folders = ["plugins", "policies"].map((name) => join(own, name));
  await Promise.all([quiet, ...folders].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
  const files = ["credentials.json", "config.json"].map((name) => join(own, name)).filter(existsSync);
  await Promise.all([
    link(devNull, join(quiet, "logs")),
    ...[...folders, ...files].map((path) => link(path, path.replace(own, quiet))),
  ]);
  return { PULUMI_HOME: quiet };
}

/** In one step, for a run beside this one may do the same. */
async function link(target: string, path: string): Promise<void> {
  const next = `${path}.${process.pid}`;
  await symlink(target, next);
  await rename(next, path);
}
