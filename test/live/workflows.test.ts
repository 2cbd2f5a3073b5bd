import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { onPath } from "../../toolchain/env.ts";
import { gitlabScript, stepsOf, workflowsFolder } from "../tools/pipeline.ts";
import { fromPypi } from "../tools/pypi.ts";
import { skipWhen } from "../tools/skip.ts";

const root = join(import.meta.dirname, "../..");
const gitlab = join(workflowsFolder, "gitlab/.gitlab-ci.yml");
const [zizmor, shellcheck, checkSchema] = await Promise.all([
  fromPypi("zizmor"),
  fromPypi("shellcheck"),
  fromPypi("check-jsonschema"),
]);
const why = (name: string, got: { program: string } | { missing: string }) =>
  skipWhen("missing" in got ? `${name} can't be had: ${got.missing}` : undefined);
// Where single quotes keep a variable for another program to read, that is meant.
const shellFor = ["--shell", "bash", "--exclude", "SC2016", "-"];
const noGo = onPath("go") === undefined ? "actionlint can't be built: there is no Go" : undefined;
const actionlint = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/** Runs a linter that `fromPypi` found. */
function run(found: { program: string } | { missing: string }, args: string[], input?: string) {
  assert.ok("program" in found);
  return execa(found.program, args, { cwd: folder, reject: false, ...(input !== undefined && { input }) });
}

/** A repository that has copied the files, and beside them what this repository runs itself. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-workflows-"));
  await execa("git", ["init", "--quiet"], { cwd: folder });
  await cp(join(workflowsFolder, "github"), join(folder, ".github"), { recursive: true });
  const own = join(root, ".github/workflows");
  for (const name of await readdir(own)) await cp(join(own, name), join(folder, ".github/workflows", name));
});
afterAll(() => rm(folder, { recursive: true }));

describe("workflows for GitHub", () => {
  const workflows = () => join(folder, ".github/workflows");
  const actions = () => join(folder, ".github/actions");

  it("have no finding of actionlint's, which finds a misspelt key", skipWhen(noGo), async () => {
    const lint = () => execa("go", ["run", actionlint], { cwd: folder, reject: false });
    const { stdout, stderr, exitCode } = await lint();
    assert.equal(exitCode, 0, stdout + stderr);
    await writeFile(join(workflows(), "bad.yml"), bad.replace("runs-on", "run-on"));
    const found = await lint();
    await rm(join(workflows(), "bad.yml"));
    assert.match(found.stdout, /bad\.yml:.*unexpected key "run-on"/);
  });

  it(
    "have no finding of zizmor's, which finds a pull request's title in a script",
    why("zizmor", zizmor),
    async () => {
      const { stdout, stderr, exitCode } = await run(zizmor, ["--offline", "."]);
      assert.equal(exitCode, 0, stdout + stderr);
      await writeFile(join(workflows(), "bad.yml"), bad);
      const found = await run(zizmor, ["--offline", "."]);
      await rm(join(workflows(), "bad.yml"));
      assert.match(found.stdout, /error\[template-injection\]/);
    },
  );

  it("use actions of the form that GitHub has for them", why("check-jsonschema", checkSchema), async () => {
    const files = (await readdir(actions())).map((name) => join(actions(), name, "action.yml"));
    assert.equal(files.length, 2);
    const check = ["--builtin-schema", "vendor.github-actions"];
    const { stdout, stderr, exitCode } = await run(checkSchema, [...check, ...files]);
    assert.equal(exitCode, 0, stdout + stderr);
    const [first = ""] = files;
    await writeFile(join(folder, "action.yml"), (await readFile(first, "utf8")).replace("shell:", "shel:"));
    const found = await run(checkSchema, [...check, "action.yml"]);
    assert.match(found.stdout, /action\.yml::\$\.runs/);
  });

  it("have scripts in which shellcheck finds nothing", why("shellcheck", shellcheck), async () => {
    const files = [actions(), workflows()].map((place) => readdir(place, { recursive: true }));
    const [inActions = [], inWorkflows = []] = await Promise.all(files);
    const all = [
      ...inActions.filter((name) => name.endsWith(".yml")).map((name) => join(actions(), name)),
      ...inWorkflows.map((name) => join(workflows(), name)),
    ];
    const scripts = (await Promise.all(all.map(stepsOf))).flat().flatMap(({ run: script }) => script ?? []);
    assert.ok(scripts.length > 15, `${scripts.length} scripts`);
    for (const script of scripts) {
      const { stdout } = await run(shellcheck, shellFor, script);
      assert.equal(stdout, "", script);
    }
  });
});

describe("the pipeline for GitLab", () => {
  const check = ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"];

  it("is of GitLab's form, which has no misspelt key", why("check-jsonschema", checkSchema), async () => {
    const { stdout, stderr, exitCode } = await run(checkSchema, [...check, gitlab]);
    assert.equal(exitCode, 0, stdout + stderr);
    const text = await readFile(gitlab, "utf8");
    await writeFile(join(folder, "bad.gitlab-ci.yml"), text.replaceAll("interruptible:", "interruptable:"));
    const found = await run(checkSchema, [...check, "bad.gitlab-ci.yml"]);
    assert.match(found.stdout, /'interruptable' was unexpected/);
  });

  it("has scripts in which shellcheck finds nothing", why("shellcheck", shellcheck), async () => {
    for (const job of ["preview", "deploy", "drift", "drill", "lock"]) {
      const script = await gitlabScript(gitlab, job);
      assert.match(script, /npm run -s berth -- /);
      const { stdout } = await run(shellcheck, shellFor, script);
      assert.equal(stdout, "", job);
    }
    const { stdout } = await run(shellcheck, shellFor, "rm $1\n");
    assert.match(stdout, /SC2086/);
  });
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
