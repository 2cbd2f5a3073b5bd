import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { OLDEST_GO, lastWords, whyNoRoom, whyNotGo } from "../../../toolchain/go.ts";

const install = "install it from https://go.dev/dl/ or give Berth a network that reaches get.pulumi.com";
const cases: [version: string | undefined, toolchain: string, reason: string | undefined][] = [
  ["go1.25.11", "local", undefined],
  ["go1.26.8", "local", undefined],
  ["go1.26rc1", "local", undefined],
  ["go1.21.0", "auto", undefined],
  ["go1.24.4", "local", `go: must be 1.25.11 or newer to build the tools, got 1.24.4; ${install}`],
  ["go1.20.14", "auto", `go: must be 1.25.11 or newer to build the tools, got 1.20.14; ${install}`],
  ["devel", "local", `go: must be 1.25.11 or newer to build the tools, got devel; ${install}`],
  [undefined, "", `go: must be on PATH to build the tools; ${install}`],
];
for (const [version, toolchain, reason] of cases)
  test(`Go ${version ?? "missing"} with GOTOOLCHAIN=${toolchain} is ${reason === undefined ? "used" : "refused"}`, () => {
    assert.equal(whyNotGo(version, toolchain), reason);
  });

test("every module asks for the Go that is checked for", () => {
  for (const name of ["cli", "docker", "random", "command", "docker/shim", "random/shim", "buildx"]) {
    const file = new URL(`../../../toolchain/go/${name}/go.mod`, import.meta.url);
    assert.match(readFileSync(file, "utf8"), new RegExp(`^go ${OLDEST_GO}$`, "m"), name);
  }
});

// Of another version a module is compiled again, and all that use it: of protobuf's that was most of three tools.
test("tools that are built one after the other take their modules in the same versions", () => {
  const versions = new Map<string, Set<string>>();
  for (const name of ["cli", "docker", "random", "command"]) {
    const file = new URL(`../../../toolchain/go/${name}/go.mod`, import.meta.url);
    for (const [, module = "", version = ""] of readFileSync(file, "utf8").matchAll(/^\t(\S+) (v\S+)/gm))
      versions.set(module, (versions.get(module) ?? new Set()).add(version));
  }
  assert.equal(versions.get("google.golang.org/protobuf")?.size, 1);
  const several = [...versions].filter(([, all]) => all.size > 1).map(([module]) => module);
  // The CLI's own has another interface.
  assert.deepEqual(several, ["github.com/olekukonko/tablewriter"]);
});

test("a full disk is named before the build, not by it", () => {
  assert.equal(whyNoRoom(4e9, "/cache"), undefined);
  assert.equal(whyNoRoom(1.26e9, "/cache"), "/cache: must have 4 GB free to build, got 1.3 GB");
});

test("why Go failed is told without what it downloaded and compiled", () => {
  const lines = [
    "go: downloading a v1",
    "github.com/x/y",
    "# berth.invalid/docker",
    "./main.go:1:1: undefined: x",
  ];
  assert.equal(lastWords(lines, "exit code 1"), "# berth.invalid/docker; ./main.go:1:1: undefined: x");
  assert.equal(lastWords(["go: downloading a v1"], "exit code 1"), "exit code 1");
});
