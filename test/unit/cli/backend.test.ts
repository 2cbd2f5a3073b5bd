import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import {
  checkpointFile,
  folderOf,
  readCheckpoint,
  removeBrokenAttributes,
} from "../../../cli/state/backend.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { pulumiHome } from "../../../toolchain/env.ts";

const exported = () => Promise.reject(new Error("the engine isn't asked for a file"));

describe("a file backend", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-state-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is a folder, with options or without", () => {
    assert.equal(folderOf("file:///state"), "/state");
    assert.equal(folderOf("file:///state?no_tmp_dir=true&metadata=skip"), "/state");
    assert.equal(folderOf("s3://state"), undefined);
  });

  it("is in the home that the engine has, whatever HOME says", (t) => {
    const { HOME: home } = process.env;
    t.onTestFinished(() => void (process.env.HOME = home));
    process.env.HOME = "/github/home";
    assert.equal(folderOf("file://~"), userInfo().homedir);
    assert.equal(folderOf("file://~/state"), `${userInfo().homedir}/state`);
    assert.equal(pulumiHome({}), `${userInfo().homedir}/.pulumi`);
    assert.equal(pulumiHome({ PULUMI_HOME: "/own" }), "/own");
  });

  it("loses its empty and zeroed attributes files, wherever they are, and nothing else", async () => {
    const files = {
      "meta.yaml": "version: 1",
      "meta.yaml.attrs": "",
      "stacks/berth/dev.json": "{}",
      "stacks/berth/dev.json.attrs": "",
      "stacks/berth/other.json.attrs": "{}",
      "stacks/berth/empty.json": "",
      "stacks/berth/zeros.json.attrs": "\0\0\0\0",
      "history/berth/dev/dev-1.checkpoint.json.attrs": "",
    };
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, ".pulumi", name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    await removeBrokenAttributes(`file://${folder}?metadata=`);
    const left = await readdir(join(folder, ".pulumi"), { recursive: true });
    assert.deepEqual(left.filter((name) => /\.(json|yaml|attrs)$/.test(name)).sort(), [
      "meta.yaml",
      "stacks/berth/dev.json",
      "stacks/berth/empty.json",
      "stacks/berth/other.json.attrs",
    ]);
    await removeBrokenAttributes(`file://${folder}/not-there`);
    await removeBrokenAttributes("s3://state");
  });

  it("names the copy beside a checkpoint that was cut off", async () => {
    const file = checkpointFile(folder, "cut");
    for (const [content, length] of [
      ["", 0],
      ['{"version":3,', 13],
      ["null", 4],
      ["[]", 2],
      ['{"version":3,"checkpoint":null}', 31],
    ] as const) {
      await writeFile(file, content);
      await assert.rejects(
        () => readCheckpoint(`file://${folder}`, "cut", exported),
        (error: unknown) =>
          error instanceof Refusal &&
          error.problems.join() ===
            `state: ${file} must be a whole checkpoint, got ${length} other characters; the engine's copy from the step before is ${file}.bak`,
      );
    }
    assert.equal(await readCheckpoint(`file://${folder}`, "not-there", exported), undefined);
    assert.equal(await readCheckpoint(`file://${folder}/no/folder`, "cut", exported), undefined);
  });

  it("isn't taken for one without the stack where the file can't be read", async () => {
    const file = checkpointFile(folder, "shut");
    await mkdir(file);
    for (const [backend, place, reason] of [
      [folder, file, "EISDIR: illegal operation on a directory, read"],
      [file, checkpointFile(file, "shut"), undefined],
      [
        `${folder}/.pulumi/meta.yaml`,
        checkpointFile(`${folder}/.pulumi/meta.yaml`, "shut"),
        "ENOTDIR: not a directory",
      ],
    ] as const) {
      const read = readCheckpoint(`file://${backend}`, "shut", exported);
      if (reason === undefined) assert.equal(await read, undefined);
      else
        await assert.rejects(
          read,
          (error: unknown) =>
            error instanceof Refusal &&
            error.message.startsWith(`state: must be readable at ${place}, got "${reason}`),
        );
    }
  });
});
