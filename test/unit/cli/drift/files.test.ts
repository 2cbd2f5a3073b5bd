import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
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

it("a name that is long or not ASCII is read from the entry before, of PAX and of GNU", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-archive-"));
  const names = [
    `${"inner".repeat(30)}/${"a".repeat(120)}`,
    `${"b".repeat(90)}/${"c".repeat(30)}`,
    "größe",
    "z",
  ];
  try {
    for (const name of names) {
      await mkdir(dirname(join(folder, "files", name)), { recursive: true });
      await writeFile(join(folder, "files", name), name);
    }
    for (const format of ["pax", "gnu", "ustar"]) {
      // The last can't hold the first of them.
      const some = format === "ustar" ? names.slice(1) : names;
      const paths = some.map((name) => `files/${name}`);
      const archive = execFileSync("tar", ["-c", `--format=${format}`, "-C", folder, ...paths]);
      expect(filesIn(archive).map(({ name, content }) => [name, content])).toEqual(
        some.map((name) => [name, name]),
      );
    }
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
  const inputs = { labels: labels("files"), mounts, uploads: [] };
  const carrier = { urn: "c", type: containerType, id: "c", inputs };
  const service = { ...carrier, urn: "s", id: "s", inputs: { labels: labels("service"), mounts } };
  const old = { ...carrier, urn: "o", id: "o", delete: true };
  const files = volume("f", "files");
  const resources = [files, volume("d", "data"), volume("l", "shared"), carrier, service, old];
  expect(loadsIn({ resources } as unknown as Checkpoint)).toEqual([
    { carrier, volume: files, target: "/berth/files" },
  ]);
});

it("a volume that two carriers fill, as in a rotation, has what the last brought; one of an image isn't looked at", () => {
  const labels = [{ label: "berth.role", value: "files" }];
  const volumes = ["shared", "image"].map((id) => ({ urn: id, type: volumeType, id, inputs: { labels } }));
  const carrier = (urn: string, created: string, source: string, uploads?: object) => ({
    ...{ urn, type: containerType, id: urn, created },
    inputs: { labels, uploads, mounts: [{ source, target: `/berth/${urn}` }] },
  });
  // Of a whole second Pulumi leaves out the fraction.
  const last = carrier("last", "2026-11-27T13:00:00.5Z", "shared", {});
  const first = carrier("first", "2026-11-27T13:00:00Z", "shared", {});
  const probe = carrier("probe", "2026-11-27T13:00:01Z", "image");
  const resources = [...volumes, last, first, probe];
  expect(loadsIn({ resources } as unknown as Checkpoint)).toEqual([
    { carrier: last, volume: volumes[0], target: "/berth/last" },
  ]);
});
