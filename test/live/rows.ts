import type { ContainerInspectInfo } from "dockerode";
import { docker, inspect } from "../tools/docker.ts";
import type { LiveStack } from "../tools/stack.ts";
import type { Answer } from "./wire.ts";

/** Each running service of a stack as one line: image, user, limits, health, and what it mounts. */
export async function rows(stack: LiveStack): Promise<Record<string, string[]>> {
  const { containers } = await stack.held();
  const serving = containers.filter(({ Labels }) => Labels["berth.role"] === "service");
  const found: Record<string, string[]> = {};
  for (const { Id, ImageID, Labels } of serving) {
    const service = Labels["berth.service"] ?? "";
    const { RepoTags } = await docker.getImage(ImageID).inspect();
    (found[service] ??= []).push(row(await inspect(Id), RepoTags[0] ?? ImageID));
  }
  return Object.fromEntries(Object.entries(found).map(([service, lines]) => [service, lines.sort()]));
}

function row({ Config, HostConfig, State }: ContainerInspectInfo, image: string): string {
  const mounts = (HostConfig.Mounts ?? []).map(
    ({ Target, ReadOnly }) => `${Target}${ReadOnly === true ? "" : " rw"}`,
  );
  const size = `${(HostConfig.NanoCpus ?? 0) / 1e9} CPU ${(HostConfig.Memory ?? 0) / 2 ** 20} MiB`;
  const state = State.Health?.Status ?? State.Status;
  return `${image} ${Config.User} ${size} ${state}: ${mounts.sort().join(", ")}`;
}

/** The headers that every public answer has to carry, whatever its status. */
export const everywhere = [
  "x-content-type-options",
  "x-frame-options",
  "x-xss-protection",
  "referrer-policy",
];

/** `200 app` or `404 -`, and what is missing of the headers that must be {@link everywhere}. */
export function verdict({ status, headers }: Answer): string {
  const missing = everywhere.filter((name) => headers[name] === undefined);
  const server = String(headers["x-service"] ?? "-");
  return `${status} ${server}${missing.length > 0 ? ` lacks ${missing.join(", ")}` : ""}`;
}
