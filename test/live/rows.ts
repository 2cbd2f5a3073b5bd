import type { ContainerInspectInfo } from "dockerode";
import { docker, inspect } from "../tools/docker.ts";
import type { LiveStack } from "../tools/stack.ts";
import type { Answer } from "./wire.ts";

/** Each running service of a stack as one line: image, user, limits, health, and what it mounts. */
export async function rows(stack: LiveStack): Promise<Record<string, string[]>> {
  const { containers } = await stack.dockerObjects();
  const serving = containers.filter(({ Labels }) => Labels["berth.role"] === "service");
  const found: Record<string, string[]> = {};
  for (const { Id, Labels } of serving) {
    const service = Labels["berth.service"] ?? "";
    (found[service] ??= []).push(row(await inspect(Id)));
  }
  return Object.fromEntries(Object.entries(found).map(([service, lines]) => [service, lines.sort()]));
}

/** What {@link rows} says of an image: its id, for it may have several names. */
export async function idOf(reference: string): Promise<string> {
  return (await docker.getImage(reference).inspect()).Id.slice(7, 19);
}

function row({ Config, HostConfig, Image, State }: ContainerInspectInfo): string {
  const mounts = (HostConfig.Mounts ?? []).map(
    ({ Target, ReadOnly }) => `${Target}${ReadOnly === true ? "" : " rw"}`,
  );
  const size = `${(HostConfig.NanoCpus ?? 0) / 1e9} CPU ${(HostConfig.Memory ?? 0) / 2 ** 20} MiB`;
  const state = State.Health?.Status ?? State.Status;
  return `${Image.slice(7, 19)} ${Config.User} ${size} ${state}: ${mounts.sort().join(", ")}`;
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
