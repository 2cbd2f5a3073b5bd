import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { onPath } from "../../toolchain/env.ts";
import { fromPypi } from "../tools/pypi.ts";
import { skipWhen } from "../tools/skip.ts";

const root = join(import.meta.dirname, "../..");
const zizmor = await fromPypi("zizmor");
const noZizmor = "missing" in zizmor ? `zizmor can't be had: ${zizmor.missing}` : undefined;
const noGo = onPath("go") === undefined ? "actionlint can't be built: there is no Go" : undefined;
const actionlint = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7";

/** What a page has people copy, and what this repository runs itself. */
describe("workflows for GitHub", () => {
  let folder: string;
  const workflows = () => join(folder, ".github/workflows");
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "berth-workflows-"));
    await mkdir(workflows(), { recursive: true });
    await execa("git", ["init", "--quiet"], { cwd: folder });
    const page = await readFile(join(root, "docs/pull-requests.md"), "utf8");
    const printed = [...page.matchAll(/^```yaml\n(name: (\w+)\n[^]*?)^```$/gm)];
    assert.deepEqual(
      printed.map(([, , name]) => name),
      ["preview", "deploy"],
    );
    for (const [, text = "", name = ""] of printed) await writeFile(join(workflows(), `${name}.yml`), text);
    const own = join(root, ".github/workflows");
    for (const name of await readdir(own))
      await writeFile(join(workflows(), name), await readFile(join(own, name)));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const lint = () => execa("go", ["run", actionlint], { cwd: folder, reject: false });
  const audit = () => {
    assert.ok("program" in zizmor);
    return execa(zizmor.program, ["--offline", "."], { cwd: folder, reject: false });
  };

  it("have no finding of actionlint's, which finds a misspelt key", skipWhen(noGo), async () => {
    const { stdout, stderr, exitCode } = await lint();
    assert.equal(exitCode, 0, stdout + stderr);
    await writeFile(join(workflows(), "bad.yml"), bad.replace("runs-on", "run-on"));
    const found = await lint();
    await rm(join(workflows(), "bad.yml"));
    assert.match(found.stdout, /bad\.yml:.*unexpected key "run-on"/);
  });

  it(
    "have no finding of zizmor's, which finds a pull request's title in a script",
    skipWhen(noZizmor),
    async () => {
      const { stdout, stderr, exitCode } = await audit();
      assert.equal(exitCode, 0, stdout + stderr);
      await writeFile(join(workflows(), "bad.yml"), bad);
      const found = await audit();
      await rm(join(workflows(), "bad.yml"));
      assert.match(found.stdout, /error\[template-injection\]/);
    },
  );
});

const bad = `name: bad
on: pull_request_target
permissions: {}
jobs:
  say:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "\${{ github.event.pull_request.title }}"
`;
