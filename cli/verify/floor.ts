import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { exec } from "../docker/exec.ts";
import { nameOf } from "../docker/owned.ts";
import type { Verdict } from "./verdicts.ts";

interface Server {
  title: string;
  /** Says the version of what runs, from the container's own program. */
  question: string[];
  version: RegExp;
  /** From a branch's first version on, the least that has every hole mended that was known when this was written. */
  floors: readonly { branch: string; least: string }[];
}

/**
 * By the kind of a service; of a branch that isn't here nothing is said. What each release mends is on
 * https://nginx.org/en/security_advisories.html, https://github.com/redis/redis/releases and
 * https://www.postgresql.org/support/security/; looked up in November 2026.
 */
const servers: Readonly<Record<string, Server>> = {
  proxy: {
    title: "nginx",
    question: ["nginx", "-v"],
    version: /nginx version: nginx\/(\d+\.\d+\.\d+)/,
    floors: [{ branch: "0", least: "1.30.4" }],
  },
  redis: {
    title: "Redis",
    question: ["redis-server", "--version"],
    version: /Redis server v=(\d+\.\d+\.\d+)/,
    floors: [
      { branch: "0", least: "7.2.16" },
      { branch: "7.4", least: "7.4.11" },
    ],
  },
  postgres: {
    title: "PostgreSQL",
    question: ["postgres", "--version"],
    version: /\(PostgreSQL\) (\d+\.\d+)/,
    floors: [{ branch: "15", least: "15.19" }],
  },
};

/** Whether what runs of nginx, Redis or PostgreSQL is new enough; nothing of other servers. */
export async function lookAtVersion(docker: Docker, info: ContainerInfo, kind = ""): Promise<Verdict[]> {
  const server = servers[kind];
  if (server === undefined) return [];
  // What can't be asked is told by its own check.
  const { output } = await exec(docker, info.Id, server.question).catch(() => ({ output: "" }));
  return versionVerdicts(info, kind, output);
}

export function versionVerdicts(
  info: Pick<ContainerInfo, "Id" | "Names" | "Image" | "Labels">,
  kind: string,
  output: string,
): Verdict[] {
  const server = servers[kind];
  const version = server?.version.exec(output)?.[1];
  if (server === undefined || version === undefined) return [];
  const [level, what] = ["container", `version of ${nameOf(info)}`] as const;
  const running = `${server.title} ${version}`;
  const floor = server.floors.find(
    ({ branch, least }) => !isOlder(version, branch) && isOlder(version, least),
  );
  if (floor === undefined) {
    const isKnown = server.floors.some(({ least }) => branchOf(least) === branchOf(version));
    return isKnown ? [{ level, what, outcome: "pass", detail: running }] : [];
  }
  const detail = `${running} is older than ${floor.least}, which mends holes that are known; ${mend(info)}`;
  return [{ level, what, outcome: "warn", detail }];
}

/** An image that was built here has what Debian mended, under a number that tells nothing of it. */
function mend({ Image, Labels }: Pick<ContainerInfo, "Image" | "Labels">): string {
  return Labels["berth.standin"] === "true"
    ? `this image was built here of Debian's packages, which get mends under older numbers; where its registry answers, docker pull ${Image} and berth up run the vendor's`
    : `berth lock and berth up run what its tag means now, and without a lock file docker pull ${Image} on its machine, then berth up`;
}

/** All numbers but the last. */
function branchOf(version: string): string {
  return version.slice(0, version.lastIndexOf("."));
}

/** Number by number; one that isn't there counts as 0. */
function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
