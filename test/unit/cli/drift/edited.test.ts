import { describe, expect, it } from "vitest";
import { fingerprint } from "../../../../components/containers/hash.ts";
import type { ArchivedFile } from "../../../../cli/docker/archive.ts";
import { editedIn } from "../../../../cli/drift/edited.ts";

const target = "/berth/files";
const filled = 1000;
const same = { changes: [], added: [] };
/** As the provider puts it there, which gives no time. */
const file = (name: string, content: string, changed = 0): ArchivedFile => ({
  name,
  content,
  owner: "1000:1001",
  changed,
});

describe("files in the clear", () => {
  const uploads = [
    { file: "/berth/files/app.ini", content: "level = info", __defaults: [] },
    { file: "/berth/files/empty", content: "\n", __defaults: [] },
    { file: "/berth/data/", source: "/dev/null", __defaults: [] },
    { file: "/berth/data/.berth", content: "1000:1001", __defaults: [] },
  ];
  const edited = (...files: ArchivedFile[]) =>
    editedIn({ carrier: { inputs: { uploads } }, volume: {}, target }, files, filled);
  const [app, empty] = [file("app.ini", "level = info"), file("empty", "\n")];

  it("that are as they were put there aren't told, whenever they were touched", () => {
    expect(edited({ ...app, changed: 5000 }, empty)).toEqual(same);
  });

  it("are named when they were edited, removed or added", () => {
    const changed = edited({ ...app, content: "level = debug" }, empty);
    expect(changed).toEqual({ changes: ["app.ini was edited"], added: [] });
    expect(edited(app)).toEqual({ changes: ["empty is missing"], added: [] });
    expect(edited(app, empty, file("more", ""))).toEqual({ changes: [], added: ["more"] });
    expect(edited(file("app.ini~", ""), empty)).toEqual({
      changes: ["app.ini is missing"],
      added: ["app.ini~"],
    });
  });
});

describe("files of which one is secret, so that state has all encrypted", () => {
  const put = { "app.ini": "level = info", key: "hidden", password: "" };
  const hash = fingerprint({ files: put, user: "1000:1001" });
  const volume = { inputs: { labels: [{ label: "berth.hash", value: hash }] } };
  const edited = (...files: ArchivedFile[]) =>
    editedIn({ carrier: { inputs: { uploads: { sealed: "…" } } }, volume, target }, files, filled);
  const [app, key, password] = [
    file("app.ini", "level = info"),
    file("key", "hidden"),
    file("password", "\n"),
  ];

  it("aren't told when they are as they were put there, whenever they were touched", () => {
    expect(edited(app, key, password)).toEqual(same);
    expect(edited(app, { ...key, changed: 5000 }, password)).toEqual(same);
  });

  it("are named when they were edited later, and nothing of what they hold is", () => {
    expect(edited(app, { ...key, content: "another", changed: 5000 }, password)).toEqual({
      changes: ["key was edited"],
      added: [],
    });
    expect(edited({ ...app, owner: "0:0", changed: 5000 }, key, password)).toEqual({
      changes: ["app.ini was edited"],
      added: [],
    });
  });

  it("aren't told when a new password came as all files do, by a rotation", () => {
    expect(edited(app, { ...key, content: "rotated" }, password)).toEqual(same);
    expect(edited(app, { ...key, content: "rotated", changed: filled + 5 }, password)).toEqual(same);
  });
});
