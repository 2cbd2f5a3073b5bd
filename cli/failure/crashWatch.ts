import { Readable } from "node:stream";
import type Docker from "dockerode";
import { linesOf } from "../docker/lines.ts";
import { examine, type Candidate } from "./candidates.ts";

/** A container that ended this often while it was awaited isn't going to become healthy. */
const patience = 4;

export interface CrashWatch {
  /** What it saw, before it removed it. */
  crashed: ReadonlyMap<string, Candidate>;
  stop: () => void;
}

/** Where there is no engine to watch yet. */
export const noWatch: CrashWatch = { crashed: new Map(), stop: () => undefined };

/** The same on every machine of a stack; one that can't be watched, gone in between perhaps, is left out. */
export async function watchMachines(dockers: readonly Docker[], stack: string): Promise<CrashWatch> {
  const crashed = new Map<string, Candidate>();
  const watches = await Promise.all(
    dockers.map((docker) => watchCrashes(docker, stack, crashed).catch(() => noWatch)),
  );
  return {
    crashed,
    stop: () => {
      for (const watch of watches) watch.stop();
    },
  };
}

interface DockerEvent {
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
}

/**
 * Watches containers that the run has just made. One that ends again and again is looked at and removed: the
 * engine, which waits for its health, finds it gone and fails at once instead of when time is up.
 */
export async function watchCrashes(
  docker: Docker,
  stack: string,
  crashed = new Map<string, Candidate>(),
): Promise<CrashWatch> {
  const label = [`berth.stack=${stack}`, "berth.role=service"];
  const filters = JSON.stringify({ type: ["container"], event: ["create", "die"], label });
  const stream = await docker.getEvents({ filters });
  const deaths = new Map<string, number>();
  const seen = async (line: string): Promise<void> => {
    const { Action, Actor } = JSON.parse(line) as DockerEvent;
    const { ID: id = "", Attributes: attributes = {} } = Actor ?? {};
    if (Action === "create") deaths.set(id, 0);
    const before = deaths.get(id);
    if (Action !== "die" || before === undefined) return;
    deaths.set(id, before + 1);
    if (before + 1 !== patience) return;
    const info = { Id: id, Names: [attributes.name ?? id], Labels: attributes };
    crashed.set(info.Labels["berth.service"] ?? "?", await examine(docker, info, "crashes at boot"));
    await docker.getContainer(id).remove({ force: true, v: true });
  };
  const lines = linesOf(stream);
  // Gone already, or not ours any more: then there is nothing to hurry.
  lines.on("line", (line) => void seen(line).catch(() => undefined));
  return {
    crashed,
    stop: () => {
      lines.close();
      if (stream instanceof Readable) stream.destroy();
    },
  };
}
