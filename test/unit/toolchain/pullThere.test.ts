import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { dockerConfig, pullScript } from "../../../toolchain/pullThere.ts";

/** Runs the script where Docker has one image, takes one more, and refuses all else. */
async function run(images: string[]) {
  const folder = await mkdtemp(join(tmpdir(), "berth-pull-"));
  const docker = `#!/bin/sh
[ "$1 $2" = "image inspect" ] && { [ "$3" = here:1 ]; exit; }
[ "$1 $3 $4" = "--config pull --quiet" ] && cat "$2/config.json" >"$FOLDER/seen" && [ "$5" = closed:1 ] && exit 0
echo "denied: $5" >&2; exit 1`;
  await writeFile(join(folder, "docker"), docker);
  await chmod(join(folder, "docker"), 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, FOLDER: folder, TMPDIR: join(folder) };
  const { exitCode, stdout, stderr } = await execa("sh", ["-c", pullScript(images)], {
    input: "the login",
    env,
    reject: false,
  });
  const seen = await readFile(join(folder, "seen"), "utf8").catch(() => "");
  const left = (await readdir(folder)).filter((name) => name.startsWith("tmp."));
  await rm(folder, { recursive: true });
  return { exitCode, stdout, stderr, seen, left };
}

test("what is missing is pulled with the login, which is gone afterwards", async () => {
  const { exitCode, stdout, seen, left } = await run(["here:1", "closed:1"]);
  assert.deepEqual(
    { exitCode, stdout, seen, left },
    { exitCode: 0, stdout: "closed:1", seen: "the login", left: [] },
  );
});

test("a pull that is refused ends the script in Docker's own words, and the login is gone too", async () => {
  const { exitCode, stderr, left } = await run(["other:1", "closed:1"]);
  assert.deepEqual({ exitCode, stderr, left }, { exitCode: 1, stderr: "denied: other:1", left: [] });
});

test("logins are written as Docker reads them", () => {
  const logins = new Map([
    ["docker.io", { username: "me", password: "a" }],
    ["registry.example:5000", { username: "robot", password: "b:c" }],
  ]);
  assert.deepEqual(JSON.parse(dockerConfig(logins)), {
    auths: {
      "https://index.docker.io/v1/": { auth: Buffer.from("me:a").toString("base64") },
      "registry.example:5000": { auth: Buffer.from("robot:b:c").toString("base64") },
    },
  });
});
