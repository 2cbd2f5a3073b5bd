import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "vitest";
import { releaseScript } from "../../../services/proxy/release.ts";

const step = { candidate: "/candidate/nginx.conf", live: "/live/nginx.conf" };

test("the release script is one that sh can read", () => {
  execFileSync("sh", ["-n"], { input: releaseScript(step) });
});

test("the release script brings the page where the configuration looks for it, whole, once that has passed its test", () => {
  const page = { source: "/candidate/maintenance.html", target: "/live/maintenance.html" };
  const script = releaseScript({ ...step, page });
  execFileSync("sh", ["-n"], { input: script });
  const lines = script.split("\n");
  assert.equal(lines[3], "page=/candidate/maintenance.html shown=/live/maintenance.html");
  const check = lines.indexOf('check "$new"');
  assert.deepEqual(lines.slice(check + 1, check + 5), [
    "",
    'rm -f "$shown.next"',
    'cp "$page" "$shown.next"',
    'mv -f "$shown.next" "$shown"',
  ]);
  assert.equal(releaseScript(step).includes("$shown"), false);
  for (const key of ["source", "target"])
    assert.throws(() => releaseScript({ ...step, page: { ...page, [key]: "/a b" } }), {
      message: `page.${key}: must be an absolute path of letters, digits, "." "_" "-", got "/a b"`,
    });
});

test("the release script says where and how long on its first lines", () => {
  assert.deepEqual(
    releaseScript({ ...step, drainSeconds: 20, reloadSeconds: 5 })
      .split("\n")
      .slice(0, 3),
    ["set -eu", "new=/candidate/nginx.conf live=/live/nginx.conf", "drain=20 patience=5"],
  );
  assert.equal(releaseScript(step).split("\n")[2], "drain=30 patience=10");
});

test("the release script takes no path that the shell could take for more", () => {
  const rule = 'must be an absolute path of letters, digits, "." "_" "-"';
  for (const path of ["nginx.conf", "/a b", "/a;b", "/a$b", "/../a", "/a/"])
    for (const key of ["candidate", "live"])
      assert.throws(() => releaseScript({ ...step, [key]: path }), {
        message: `${key}: ${rule}, got ${JSON.stringify(path)}`,
      });
});

test("the release script waits whole seconds, up to an hour", () => {
  for (const value of [0, 1.5, 3601, -1, Number.NaN])
    for (const key of ["drainSeconds", "reloadSeconds"])
      assert.throws(() => releaseScript({ ...step, [key]: value }), {
        message: `${key}: must be a whole number of seconds from 1 to 3600, got ${value}`,
      });
});
