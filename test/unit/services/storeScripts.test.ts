import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bucketScript, retireScript } from "../../../services/objectStore/bucket.sh.ts";

const endpoint = "http://minio:9000";
const user = "berth-arv";

/** As much of MinIO's answers as the scripts ask for: users, policies by name, a bucket, and an administrator's file. */
const curl = `#!/bin/sh
method=GET
for word; do
  case $last in -X) method=$word ;; -K) conf=\${word##*/} ;; -o) answer=$word ;; --data-binary) body=\${word#@} ;; esac
  case $word in http://*) url=$word ;; esac
  last=$word
done
path=\${url#${endpoint}}
echo "$method $path" >>log
named() { expr "$path" : ".*$1=\\([^&]*\\)"; }
say() { printf %s "$1"; exit 0; }
: >"$answer"
case "$method $path" in
*admin/v3/*) [ -e minio ] && [ "$conf" = "$(cat root).conf" ] || say 403 ;;
*) case $conf in
  root.conf | former-root-*) [ -e minio ] && [ "$conf" = "$(cat root).conf" ] || say 403 ;;
  user.conf) [ -e users/new ] || say 403 ;;
  *) say 403 ;;
  esac ;;
esac
case "$method $path" in
"POST "*action=restart) echo root >root; say 200 ;;
"PUT "*/import-iam) : >users/new; say 200 ;;
"GET "*/groups) say 200 ;;
"GET "*info-canned-policy*) [ -e "policies/$(named name)" ] || say 404; cat "policies/$(named name)" >"$answer"; say 200 ;;
"PUT "*add-canned-policy*) cat "$body" >"policies/$(named name)"; say 200 ;;
"DELETE "*remove-canned-policy*) rm "policies/$(named name)"; say 200 ;;
"PUT "*set-user-or-group-policy*) [ -e "users/$(named userOrGroup)" ] || say 404; named policyName >"users/$(named userOrGroup)"; say 200 ;;
"DELETE "*remove-user*) [ -e "users/$(named accessKey)" ] || say 404; rm "users/$(named accessKey)"; say 200 ;;
"PUT "*versioning=) say 200 ;;
"GET "*versioning=) echo "<Status>Enabled</Status>" >"$answer"; say 200 ;;
esac
say 200
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-store-"));
  for (const name of ["bin", "users", "policies", "files"]) await mkdir(join(folder, name));
  await writeFile(join(folder, "bin/curl"), curl, { mode: 0o755 });
  await writeFile(join(folder, "root"), "root\n");
  await writeFile(join(folder, "minio"), "");
  await writeFile(join(folder, "files/user.zip.base64"), "eA==");
});
afterEach(() => rm(folder, { recursive: true }));

async function run(script: string) {
  const own = script.replaceAll("/tmp/", `${folder}/`);
  const PATH = `${join(folder, "bin")}:${process.env.PATH}`;
  const { exitCode, stderr } = await execa("sh", ["-c", own], { cwd: folder, env: { PATH }, reject: false });
  return { code: exitCode, words: stderr };
}
const retire = (counter: number, seconds = 45) =>
  run(retireScript({ endpoint, bucket: "b" }, { user, counter }, seconds, "files"));
const make = () => run(bucketScript({ endpoint, bucket: "b", versioning: true }, "files"));
const users = async () =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(join(folder, "users"))).map(
        async (name) => [name, (await readFile(join(folder, "users", name), "utf8")).trim()] as const,
      ),
    ),
  );
const policy = (name: string) => readFile(join(folder, "policies", name), "utf8");
const log = async () => (await readFile(join(folder, "log"), "utf8")).trim().split("\n");

async function known(...names: string[]) {
  for (const name of names) await writeFile(join(folder, "users", name), "readwrite\n");
}

test("every former key has its end, whichever of them containers use, and the newest has none", async () => {
  await known(user, `${user}-2`, `${user}-3`);
  const { code, words } = await retire(3);
  expect([code, words.match(/is refused from/g)?.length]).toEqual([0, 2]);
  expect(await users()).toEqual({
    [user]: `${user}-until`,
    [`${user}-2`]: `${user}-2-until`,
    [`${user}-3`]: "readwrite",
  });
});

test("a key that is refused stays so when the step runs again, and goes once its end is past", async () => {
  await known(user, `${user}-2`);
  expect((await retire(2, 45)).code).toBe(0);
  const first = await policy(`${user}-until`);
  expect((await retire(2, 4500)).code).toBe(0);
  expect(await policy(`${user}-until`)).toBe(first);
  await writeFile(join(folder, "policies", `${user}-until`), first.replace(/20[0-9-]*T/, "2020-01-01T"));
  const { code, words } = await retire(2);
  expect([code, words]).toEqual([0, `bucket b: ${user} is gone`]);
  expect(await users()).toEqual({ [`${user}-2`]: "readwrite" });
  expect(await readdir(join(folder, "policies"))).toEqual([]);
  // Nor is it made again.
  const again = await retire(2);
  expect([again.code, again.words, await readdir(join(folder, "policies"))]).toEqual([0, "", []]);
});

test("a store that refuses what is asked ends the step by its words", async () => {
  await known(user);
  await writeFile(join(folder, "root"), "another\n");
  const { code, words } = await retire(2);
  expect([code, words]).toEqual([1, `bucket b: must say whether ${user} is refused, got 403: `]);
});

test("a server that isn't MinIO refuses the former key by its own means, and knows the newest by itself", async () => {
  await rm(join(folder, "minio"));
  await known("new");
  const made = await make();
  expect([made.code, made.words.split("\n")[0]]).toEqual([
    0,
    "bucket b: the server isn't MinIO (its administration answers 403), and knows the key by itself",
  ]);
  const { code, words } = await retire(2);
  expect([code, words]).toEqual([
    0,
    "bucket b: the server isn't MinIO (its administration answers 403): have it refuse the former key by its own means",
  ]);
});

test("a store that goes by its administrator's former password starts anew once, and one that doesn't is left", async () => {
  for (const name of ["former-root-1", "former-root-2"])
    await writeFile(join(folder, "files", `${name}.conf`), "");
  await writeFile(join(folder, "root"), "former-root-2\n");
  expect((await make()).words).toMatch(/starts the store anew in its place/);
  const restarts = async () => (await log()).filter((line) => line.includes("action=restart")).length;
  expect(await restarts()).toBe(1);
  expect((await make()).words).not.toMatch(/starts the store anew/);
  expect(await restarts()).toBe(1);
});
