import type Docker from "dockerode";
import { statusOf } from "./gone.ts";
import { logLines, unframe, type LogLine } from "./logText.ts";

/** The last lines a container wrote, oldest first; what it wrote can be read as long as it exists. */
export async function logEnd(docker: Docker, id: string, lines: number): Promise<LogLine[]> {
  const options = { stdout: true, stderr: true, timestamps: true, tail: lines, follow: false } as const;
  return logLines(unframe(await docker.getContainer(id).logs(options).catch(noneKept)));
}

/** Docker keeps nothing to read of a driver with `cache-disabled`, and says 501; of others it asks their collector first. */
function noneKept(error: unknown): Buffer {
  if (statusOf(error) === undefined) throw error;
  return Buffer.alloc(0);
}
