import { describe, expect, it } from "vitest";
import { filesPrint } from "../../../../components/containers/filesPrint.ts";
import type { ArchivedFile } from "../../../../cli/docker/archive.ts";
import { editedIn } from "../../../../cli/drift/edited.ts";

const target = "/berth/files";
const created = "1970-01-01T00:16:39.400Z";
/** The provider gives a file the whole second that is nearest its upload, which comes before the state's time. */
const filled = 1000;
const same = { changes: [], added: [] };
const file = (name: string, content: string, changed = filled): ArchivedFile => ({
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
  const edited = (...files: ArchivedFile[]) => editedIn({ carrier: { inputs: { uploads } }, target }, files);
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
  const [app, key, password] = [
    file("app.ini", "level = info"),
    file("key", "hidden"),
    file("password", "\n"),
  ];
  const uploads = { sealed: "…" };
  const value = JSON.stringify({ script: filesPrint([]), files: filesPrint([key, password, app]) });
  const labels = [{ label: "berth.files", value }];
  const edited = (...files: ArchivedFile[]) =>
    editedIn({ carrier: { created, inputs: { uploads, labels } }, target }, files);

  it("aren't told when they are as they were put there, whenever they were touched", () => {
    expect(edited(app, key, password)).toEqual(same);
    expect(edited(app, { ...key, changed: 5000 }, password)).toEqual(same);
  });

  it("are named when they were edited later, and nothing of what they hold is", () => {
    const another = { ...key, content: "another", changed: filled + 1 };
    expect(edited(app, another, password)).toEqual({ changes: ["key was edited"], added: [] });
    expect(edited({ ...app, owner: "0:0", changed: 5000 }, key, password)).toEqual({
      changes: ["app.ini was edited"],
      added: [],
    });
  });

  it("are named when they were removed, and when they were added, which is no change of the others", () => {
    expect(edited(app, key)).toEqual({ changes: ["password is missing"], added: [] });
    const more = file("more", "", 5000);
    expect(edited(app, key, password, more)).toEqual({ changes: [], added: ["more"] });
  });

  it("are told together where their times don't say which it is", () => {
    const changes = ["holds other files than were put there"];
    expect(edited(app, { ...key, content: "another" }, password)).toEqual({ changes, added: [] });
  });

  it("aren't told of a carrier of before, which doesn't say what it brought", () => {
    const late = { ...key, changed: 5000 };
    expect(editedIn({ carrier: { created, inputs: { uploads } }, target }, [late])).toEqual(same);
  });
});
