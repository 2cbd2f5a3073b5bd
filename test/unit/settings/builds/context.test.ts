import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "vitest";
import { folderHash } from "../../../../settings/builds/context.ts";

let context = "";
beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), "berth-context-"));
  await write("Dockerfile", "FROM scratch\n");
  await write("src/main.py", "print(1)\n");
  await write("node_modules/a/index.js", "1\n");
  await write("README.md", "words\n");
});
afterEach(() => rm(context, { recursive: true }));

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(context, path)), { recursive: true });
  await writeFile(join(context, path), text);
}

const hash = (dockerfile = "Dockerfile") => folderHash({ context, dockerfile: join(context, dockerfile) });

/** Whether a change is seen. */
async function seen(change: () => Promise<unknown>): Promise<boolean> {
  const before = await hash();
  await change();
  return (await hash()) !== before;
}

describe("what an image is made of changes", () => {
  it("with a file's content, name, and whether it may be run", async () => {
    assert.equal(await seen(() => write("src/main.py", "print(2)\n")), true);
    assert.equal(await seen(() => write("src/new.py", "")), true);
    assert.equal(await seen(() => chmod(join(context, "src/main.py"), 0o755)), true);
    assert.equal(await seen(() => rm(join(context, "src/new.py"))), true);
  });

  it("with where a link leads, and not with what is there", async () => {
    assert.equal(await seen(() => symlink("src/main.py", join(context, "start"))), true);
    await rm(join(context, "start"));
    assert.equal(await seen(() => symlink("/nowhere", join(context, "start"))), true);
  });

  it("with the Dockerfile, where the folder leaves it out too", async () => {
    await write(".dockerignore", "Dockerfile\n");
    assert.equal(await seen(() => write("Dockerfile", "FROM busybox\n")), true);
  });

  it("but not with the time, nor in another folder", async () => {
    assert.equal(await seen(() => utimes(join(context, "README.md"), 1, 1)), false);
    assert.equal(await seen(() => chmod(join(context, "README.md"), 0o600)), false);
  });
});

describe("what the folder's rules leave out doesn't count", () => {
  const cases: [rules: string, path: string, counts: boolean][] = [
    ["node_modules\n", "node_modules/a/index.js", false],
    ["node_modules\n", "src/node_modules/x.js", true],
    ["**/node_modules\n", "src/node_modules/x.js", false],
    ["*.md\n", "README.md", false],
    ["*.md\n", "docs/more.md", true],
    ["**/*.md\n!README.md\n", "README.md", true],
    ["*\n!src\n", "src/main.py", true],
    ["*\n!src\n", "README.md", false],
    ["src/\n!src/main.py\n", "src/main.py", true],
    ["# README.md\n", "README.md", true],
  ];
  for (const [rules, path, counts] of cases)
    it(`${JSON.stringify(rules)}: ${path}`, async () => {
      await write(".dockerignore", rules);
      assert.equal(await seen(() => write(path, "another\n")), counts);
    });

  it("rules beside the Dockerfile come first", async () => {
    await write("deploy/Dockerfile", "FROM scratch\n");
    await write(".dockerignore", "src\n");
    await write("deploy/Dockerfile.dockerignore", "README.md\n");
    const before = await hash("deploy/Dockerfile");
    await write("README.md", "another\n");
    assert.equal(await hash("deploy/Dockerfile"), before);
    await write("src/main.py", "another\n");
    assert.notEqual(await hash("deploy/Dockerfile"), before);
  });
});
