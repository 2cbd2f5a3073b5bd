import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { pullScript, type AsItself } from "../../../toolchain/pullScript.ts";
import { dockerConfig } from "../../../toolchain/pullThere.ts";

/** Runs the script where Docker has one image, takes one more, and refuses all else but what has a login of its own. */
async function run(images: string[], own?: AsItself) {
  const folder = await mkdtemp(join(tmpdir(), "berth-pull-"));
  const docker = `#!/bin/sh
[ "$1 $2" = "image inspect" ] && { [ "$3" = here:1 ]; exit; }
[ "$1 $3 $4" = "--config pull --quiet" ] && cat "$2/config.json" >"$FOLDER/seen" && [ "$5" = closed:1 ] && exit 0
grep -q "$(printf %s me:token | base64)" "$2/config.json" && [ "$5" = own.example/api:1 ] && exit 0
echo "denied: $5" >&2; exit 1`;
  await writeFile(join(folder, "docker"), docker);
  await chmod(join(folder, "docker"), 0o755);
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, FOLDER: folder, TMPDIR: join(folder) };
  const { exitCode, stdout, stderr } = await execa("sh", ["-c", pullScript(images, own)], {
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

const mine = "own.example/api:1";
const own = {
  login: {
    reads: () => true,
    script: `[ "$1" = own.example ] && echo '{"Username":"me","Secret":"token"}'`,
    remedy: "ask its owner",
  },
  images: [mine],
  elsewise: [],
  patience: 0,
} satisfies AsItself;

test("what is the vendor's is pulled with the machine's own login, and nothing else is", async () => {
  const { exitCode, stdout, seen, left } = await run(["closed:1", mine], own);
  const auths = { "own.example": { auth: Buffer.from("me:token").toString("base64") } };
  assert.deepEqual([exitCode, stdout, left], [0, `closed:1\n${mine}`, []]);
  assert.deepEqual(JSON.parse(seen), { auths });
  assert.equal((await run([mine, "closed:1"], own)).seen, "the login");
});

test("an image that the machine may not read fails with what lets it, after its last way", async () => {
  const other = "own.example/other:1";
  const words = (got: string) =>
    `images: ${other} must be one that the machine may pull as itself, got "${got}"; ask its owner\ndenied: ${other}`;
  const { exitCode, stderr, left } = await run([other], { ...own, images: [other] });
  assert.deepEqual({ exitCode, stderr, left }, { exitCode: 1, stderr: words(`denied: ${other}`), left: [] });
  const login = { ...own.login, script: "echo no identity here >&2; return 1" };
  const without = await run([other], { ...own, images: [other], login });
  assert.deepEqual([without.exitCode, without.stderr], [1, words("no identity here")]);
});

test("where its own login is refused the machine takes the run's, without waiting for a role", async () => {
  const closed = { ...own, images: ["closed:1"], elsewise: ["closed:1"], patience: 600 };
  const login = { ...own.login, script: "return 1" };
  const { exitCode, seen } = await run(["closed:1"], { ...closed, login });
  assert.deepEqual([exitCode, seen], [0, "the login"]);
  const refused = await run([mine], { ...closed, images: [mine], elsewise: [mine], login });
  assert.equal(refused.exitCode, 1);
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
