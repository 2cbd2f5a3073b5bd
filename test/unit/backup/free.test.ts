import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { expect, test } from "vitest";
import { checkFree, type BackupPlace } from "../../../cli/backup/place.ts";
import { Refusal } from "../../../cli/refusal.ts";

/** A container of backups that answers its word `free` with a line and an exit code. */
function place(line: string, code: number) {
  const commands: string[][] = [];
  const docker = {
    getContainer: (id: string) => ({
      exec: ({ Cmd }: { Cmd: string[] }) => {
        commands.push([id, ...Cmd.slice(3)]);
        const stream = new PassThrough();
        // Docker's frame: a kind, and the length in the last four of eight bytes.
        const frame = Buffer.alloc(8);
        frame[0] = 2;
        frame.writeUInt32BE(Buffer.byteLength(line), 4);
        stream.end(Buffer.concat([frame, Buffer.from(line)]));
        return Promise.resolve({
          start: () => Promise.resolve(stream),
          inspect: () => Promise.resolve({ ExitCode: code }),
        });
      },
    }),
  } as unknown as Docker;
  return { commands, place: { docker, container: { Id: "backup" } as BackupPlace["container"] } };
}

test("nothing stands still for a restore that a backup would refuse, and whose turn it is is said", async () => {
  const busy = "backup: must be alone, got another of this stack under way: a drill since 2026-03-01 UTC";
  await expect(checkFree(place(`${busy}\n`, 1).place)).rejects.toEqual(new Refusal([busy]));
});

test("a stack whose backups rest is free", async () => {
  const { commands, place: free } = place("", 0);
  await expect(checkFree(free)).resolves.toBeUndefined();
  expect(commands).toEqual([["backup", "free"]]);
});
