import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { buildArguments, failureText } from "../../../toolchain/source/build.ts";

const place = { context: "/src/api", dockerfile: "/src/api/Dockerfile" };

/** What buildx 0.30 wrote of builds that failed on Docker 20.10. */
function text(name: string): string {
  const log = readFileSync(join(import.meta.dirname, `builds/${name}.txt`), "utf8").trimEnd();
  return failureText(place, log.split("\n"), "it ended");
}

describe("a build that fails says why, in which step, and what that wrote", () => {
  const begin = 'images: must build from "/src/api" by "/src/api/Dockerfile", got ';
  const cases: Record<string, string> = {
    run: `exit code: 2 in [build 2/2] RUN echo compiling && echo "main.c:3: undefined x" >&2 && exit 2\n  main.c:3: undefined x\n  compiling`,
    copy: '"/nowhere.txt" not found: not found in [2/2] COPY nowhere.txt /',
    base: 'failed to do request: Head "https://registry.invalid/v2/base/manifests/1": dial tcp: lookup registry.invalid on 192.0.2.53:53: no such host in [internal] load metadata for registry.invalid/base:1',
    syntax: "dockerfile parse error line 2: unknown instruction: RUNN",
    stage: "target stage nope could not be found",
  };
  for (const [name, wanted] of Object.entries(cases))
    it(name, () => {
      assert.equal(text(name), begin + wanted);
    });

  it("and where nothing was said, how it ended", () => {
    assert.equal(
      failureText(place, [], "Command was killed with SIGKILL"),
      `${begin}Command was killed with SIGKILL`,
    );
  });
});

it("a build is asked for as settings say it, and leaves the image with Docker", () => {
  const source = { ...place, reference: "berth-source/api:1", args: {}, secrets: {} };
  const common = [
    "build",
    "--load",
    "--progress",
    "plain",
    "--tag",
    "berth-source/api:1",
    "--file",
    place.dockerfile,
  ];
  assert.deepEqual(buildArguments(source), [...common, "/src/api"]);
  const more = {
    target: "run",
    platform: "linux/arm64",
    args: { A: "1", B: "x y" },
    secrets: { npm: "/home/me/.npmrc" },
  };
  assert.deepEqual(buildArguments({ ...source, ...more }), [
    ...common,
    ...["--target", "run", "--platform", "linux/arm64", "--build-arg", "A=1", "--build-arg", "B=x y"],
    ...["--secret", "id=npm,src=/home/me/.npmrc", "/src/api"],
  ]);
});
