import { existsSync } from "node:fs";
import { execa } from "execa";
import { onPath } from "../../toolchain/env.ts";

/**
 * The path of a program on this machine: the first of these names that it has, else what the distribution's package
 * brings. Gives the reason when there is none.
 */
export async function fromDistribution(
  packageName: string,
  names: readonly string[],
): Promise<{ path: string } | { reason: string }> {
  const find = (): string | undefined => names.map((name) => onPath(name)).find((path) => path !== undefined);
  const present = find();
  if (present !== undefined) return { path: present };
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    return { reason: `there is no ${packageName}, and only root on Debian or Ubuntu can install it` };
  const apt = async (...args: string[]) =>
    execa("apt-get", ["-q", "-y", "-o", "DPkg::Lock::Timeout=300", ...args], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      reject: false,
      timeout: 600_000,
    });
  await apt("update");
  const { stderr } = await apt("install", "--no-install-recommends", packageName);
  const path = find();
  return path === undefined
    ? { reason: `${packageName} can't be installed: ${stderr.slice(-300)}` }
    : { path };
}
