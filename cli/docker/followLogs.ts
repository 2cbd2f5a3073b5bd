import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { isGone, statusOf } from "./gone.ts";
import { linesOf } from "./lines.ts";
import { logLines, type LogLine } from "./logText.ts";

/** What is known of a container whose lines are shown. */
export type Followed = Pick<ContainerInfo, "Id" | "Names" | "Labels">;

export type WriteLog = (container: Followed, line: LogLine) => void;

export interface FollowArgs {
  docker: Docker;
  stack: string;
  containers: readonly ContainerInfo[];
  /** Of these services only; none means all. */
  services: readonly string[];
  query: { since?: number; tail?: number };
  write: WriteLog;
  /** Is told of a container whose log can't be read, and why; the others' go on. */
  unread: (container: Followed, error: unknown) => void;
}

/** Prints lines as they are written, those of containers that start meanwhile too, until ^C. */
export async function followLogs({
  docker,
  stack,
  containers,
  services,
  query,
  write,
  unread,
}: FollowArgs): Promise<void> {
  const follow = async (info: Followed, query: FollowArgs["query"]): Promise<void> => {
    const options = { stdout: true, stderr: true, timestamps: true, follow: true, ...query } as const;
    const stream = await docker.getContainer(info.Id).logs(options);
    const text = new PassThrough();
    docker.modem.demuxStream(stream, text, text);
    // A container or a machine that goes away ends its own log, not those of the others.
    for (const end of ["end", "error"]) stream.on(end, () => text.end());
    linesOf(text).on("line", (line) => {
      for (const parsed of logLines(line)) write(info, parsed);
    });
  };
  await Promise.all(
    containers.map((info) =>
      follow(info, query).catch((error: unknown) => {
        if (statusOf(error) === undefined) throw error;
        unread(info, error);
      }),
    ),
  );
  const filters = JSON.stringify({ type: ["container"], event: ["start"], label: [`berth.stack=${stack}`] });
  const events = linesOf(await docker.getEvents({ filters }));
  for await (const line of events) {
    const { Actor, time } = JSON.parse(line) as {
      Actor: { ID: string; Attributes: Record<string, string> };
      time: number;
    };
    const { Attributes: attributes, ID: id } = Actor;
    const service = attributes["berth.service"] ?? "?";
    if (services.length > 0 && !services.includes(service)) continue;
    const info = { Id: id, Names: [attributes.name ?? id], Labels: attributes };
    // One that is gone again by now has nothing to follow.
    follow(info, { since: time }).catch((error: unknown) => {
      if (statusOf(error) !== undefined && !isGone(error)) unread(info, error);
    });
  }
}
