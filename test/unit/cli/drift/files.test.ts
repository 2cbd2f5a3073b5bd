import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesIn } from "../../../../cli/docker/archive.ts";
import { loadsIn } from "../../../../cli/drift/files.ts";
import { containerType, volumeType, type Checkpoint } from "../../../../cli/state/checkpoint.ts";

it("an archive's plain files are read, with the time of their change, and folders and links left out", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  try {
    await mkdir(join(folder, "files/inner"), { recursive: true });
    await writeFile(join(folder, "files/app.ini"), "ü".repeat(400));
    await writeFile(join(folder, "files/inner/empty"), "");
    await symlink("app.ini", join(folder, "files/link"));
    for (const name of ["app.ini", "inner/empty"]) await utimes(join(folder, "files", name), 1000, 2000);
    const { uid, gid } = userInfo();
    const owner = `${uid}:${gid}`;
    const archive = execFileSync("tar", ["-c", "--sort=name", "-C", folder, "files"]);
    expect(filesIn(archive)).toEqual([
      { name: "app.ini", content: "ü".repeat(400), owner, changed: 2000 },
      { name: "inner/empty", content: "", owner, changed: 2000 },
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("what carriers put into volumes of files is looked at, and no volume that holds data or is written to", () => {
  const labels = (value: string) => [{ label: "berth.role", value }];
  const volume = (id: string, role: string) => ({
    urn: id,
    type: volumeType,
    id,
    inputs: { labels: labels(role) },
  });
  const mounts = [
    { source: "f", target: "/berth/files" },
    { source: "d", target: "/berth/data" },
    // Such as the proxy's, with its live configuration and the file that closes it.
    { source: "l", target: "/berth/live" },
  ];
  const carrier = { urn: "c", type: containerType, id: "c", inputs: { labels: labels("files"), mounts } };
  const service = { ...carrier, urn: "s", id: "s", inputs: { labels: labels("service"), mounts } };
  const old = { ...carrier, urn: "o", id: "o", delete: true };
  const files = volume("f", "files");
  const resources = [files, volume("d", "data"), volume("l", "shared"), carrier, service, old];
  expect(loadsIn({ resources } as unknown as Checkpoint)).toEqual([
    { carrier, volume: files, target: "/berth/files" },
  ]);
});
