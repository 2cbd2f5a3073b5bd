import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { script } from "../../../components/machine/scripts.ts";

interface There {
  /** The kernel that runs. */
  kernel: string;
  installed?: string[];
  /** What apt knows of, and what it knows of after an update. */
  archive?: string[];
  updated?: string[];
  /** The distribution, as its os-release says it. @default Debian 12 */
  release?: string | undefined;
  /** What a metapackage is of. */
  depends?: string;
}

/** What the step's search for headers says on such a machine, and what apt-get was to do. */
async function headers(there: There) {
  const { kernel, installed = [], archive = [], updated = archive, depends = "" } = there;
  const folder = await mkdtemp(join(tmpdir(), "berth-gpu-"));
  const orders = join(folder, "orders");
  const lists = join(folder, "lists");
  const programs: Record<string, string> = {
    uname: `echo '${kernel}'`,
    "apt-get": [
      `for word; do case $word in update) cp ${lists}-updated ${lists} ;; esac; done`,
      `while [ "$1" != update ] && [ "$1" != install ]; do shift; done`,
      `echo "$*" >>${orders}`,
    ].join("\n"),
    "apt-cache": `grep -qx "$2" ${lists} || exit 0\necho "$2 | 1 | somewhere"`,
    "dpkg-query": `case "$3" in *Status*) ! grep -qx "$4" ${folder}/installed || printf 'ii ' ;; *) echo '${depends}' ;; esac`,
  };
  const file = (name: string, text: string) => writeFile(join(folder, name), text);
  for (const [name, text] of Object.entries(programs)) {
    await file(name, `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, name), 0o755);
  }
  await file("installed", installed.join("\n"));
  await file("lists", archive.join("\n"));
  await file("lists-updated", updated.join("\n"));
  await file("orders", "");
  const text = [
    `set -eu\nlog=${folder}/log\napt_patience=5`,
    script("library"),
    script("gpu"),
    there.release ?? "ID=debian VERSION_ID=12",
    // Young enough, whatever this machine's are.
    "fresh() { :; }",
    "headers",
    "echo built",
  ].join("\n");
  try {
    const env = { PATH: `${folder}:${process.env.PATH ?? ""}` };
    const { stdout, stderr } = await execa("dash", ["-c", text], { env, reject: false });
    const lines = stdout.split("\n").filter((line) => !line.startsWith("@note"));
    return { lines, stderr, apt: (await readFile(orders, "utf8")).split("\n").filter((line) => line !== "") };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("a driver is built of the headers of the kernel that runs", async () => {
  const kernel = "6.1.0-31-cloud-amd64";
  const own = `linux-headers-${kernel}`;
  const install = `install --no-install-recommends -y ${own}`;
  assert.deepEqual(await headers({ kernel, installed: [own] }), { lines: ["built"], stderr: "", apt: [] });
  assert.deepEqual((await headers({ kernel, archive: [own] })).apt, [install]);
  const late = await headers({ kernel, updated: [own] });
  assert.deepEqual([late.lines, late.apt], [["built"], ["update", install]]);
});

const old: [kernel: string, kind: string, newest: string][] = [
  ["6.1.0-18-cloud-amd64", "cloud-amd64", "6.1.0-50-cloud-amd64"],
  ["6.1.0-18-arm64", "arm64", "6.1.0-50-arm64"],
  ["6.12.43+deb13-amd64", "amd64", "6.12.57+deb13-amd64"],
  ["6.12.9+bpo-rt-amd64", "rt-amd64", "6.12.57+bpo-rt-amd64"],
  ["6.1.0-0.deb11.5-cloud-amd64", "cloud-amd64", "6.1.0-0.deb11.7-cloud-amd64"],
  ["6.8.0-1015-gcp", "gcp", "6.8.0-1030-gcp"],
];

for (const [kernel, kind, newest] of old) {
  test(`the newest kernel takes the place of ${kernel}, whose headers are gone, and wants a reboot`, async () => {
    const metapackages = [`linux-image-${kind}`, `linux-headers-${kind}`];
    // It may be installed already, in an older version or in one that waits for the reboot.
    for (const installed of [[], metapackages]) {
      const depends = `linux-base, linux-image-${newest} (= 6.1.192-2)`;
      const { lines, stderr, apt } = await headers({ kernel, archive: metapackages, installed, depends });
      assert.deepEqual(lines, [
        `@fail gpu: must run a kernel whose headers apt has, got ${kernel}; ${newest} is installed with its headers, reboot the machine and run setup again`,
      ]);
      assert.equal(stderr, "");
      assert.deepEqual(apt, ["update", `install --no-install-recommends -y ${metapackages.join(" ")}`]);
    }
  });
}

const newer: [kernel: string, kind: string, newest: string, release?: string][] = [
  ["6.12.9+bpo-amd64", "amd64", "6.1.0-50-amd64"],
  ["6.8.0-40-generic", "generic", "5.15.0-130-generic", "ID=ubuntu VERSION_ID=22.04"],
  // The headers of the newest one can't be had, though it runs.
  ["6.1.0-50-amd64", "amd64", "6.1.0-50-amd64"],
];

for (const [kernel, kind, newest, release] of newer) {
  test(`no reboot is wanted where ${kernel} runs and ${newest} is the newest: it would come back`, async () => {
    const metapackages = [`linux-image-${kind}`, `linux-headers-${kind}`];
    const depends = `linux-image-${newest} (= 6.1.192-2)`;
    const { lines, stderr } = await headers({ kernel, archive: metapackages, depends, release });
    assert.deepEqual(lines, [
      `@fail gpu: must run a kernel whose headers apt has, got ${kernel}; install linux-headers-${kernel}, or run the distribution's own kernel`,
    ]);
    assert.equal(stderr, "");
  });
}

test("an Ubuntu on the newer line of kernels gets the newest of that line", async () => {
  const kernel = "6.8.0-40-generic";
  const line = ["linux-image-generic-hwe-22.04", "linux-headers-generic-hwe-22.04"];
  const there = {
    kernel,
    installed: line.slice(0, 1),
    archive: ["linux-image-generic", "linux-headers-generic", ...line],
    depends: "linux-image-6.8.0-60-generic, linux-modules-extra-6.8.0-60-generic, linux-firmware",
    release: "ID=ubuntu VERSION_ID=22.04",
  };
  const { lines, apt } = await headers(there);
  assert.deepEqual(lines, [
    `@fail gpu: must run a kernel whose headers apt has, got ${kernel}; 6.8.0-60-generic is installed with its headers, reboot the machine and run setup again`,
  ]);
  assert.deepEqual(apt, ["update", `install --no-install-recommends -y ${line.join(" ")}`]);
});

test("a kernel that isn't the distribution's is named, and nothing is installed", async () => {
  for (const kernel of ["6.6.87.2-microsoft-standard-WSL2", "6.1.0", "5.10.0-custom"]) {
    const { lines, stderr, apt } = await headers({ kernel, archive: ["linux-image-amd64"] });
    assert.deepEqual(lines, [
      `@fail gpu: must run a kernel whose headers apt has, got ${kernel}; install linux-headers-${kernel}, or run the distribution's own kernel`,
    ]);
    assert.deepEqual([stderr, apt], ["", ["update"]]);
  }
});
