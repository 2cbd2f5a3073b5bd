import type Docker from "dockerode";
import { logLines, unframe } from "./logText.ts";

/** The last lines a container wrote, oldest first; what it wrote can be read as long as it exists. */
export async function tail(docker: Docker, id: string, lines = 20): Promise<string[]> {
  const options = { stdout: true, stderr: true, timestamps: true, tail: lines, follow: false } as const;
  return logLines(unframe(await docker.getContainer(id).logs(options))).map(({ text }) => text);
}
