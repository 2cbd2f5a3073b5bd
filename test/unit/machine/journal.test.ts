import assert from "node:assert/strict";
import { execa } from "execa";
import { test } from "vitest";
import { script } from "../../../components/machine/scripts.ts";

/** What the journal is told on a machine whose disk has this many GiB. */
async function journal(gigabytes: number): Promise<string[]> {
  const stubs = [
    "folder=/opt/vru verb=vru-platform",
    "systemctl() { :; }",
    `df() { echo 1K-blocks; echo ${gigabytes * 1024 * 1024}; }`,
    "put() { case $1 in *journald* | *docker.service*) cat >&2 ;; *) cat >/dev/null ;; esac; }",
  ];
  const { stderr } = await execa("dash", ["-c", ["set -eu", ...stubs, script("logs"), "logs"].join("\n")]);
  return stderr.split("\n");
}

test("fourteen whole days of logs are kept, and no line of a container's is dropped for its rate", async () => {
  const lines = await journal(40);
  for (const line of ["Storage=persistent", "MaxFileSec=1day", "MaxRetentionSec=15day"])
    assert.ok(lines.includes(line), line);
  // Of Docker's unit; the other units keep journald's rate.
  assert.deepEqual(lines.slice(lines.indexOf("[Service]") + 1), [
    "LogRateLimitIntervalSec=1s",
    "LogRateLimitBurst=10000000",
  ]);
  assert.deepEqual(
    lines.filter((line) => line.startsWith("RateLimit")),
    [],
  );
});

const disks: [gigabytes: number, most: number, free: number][] = [
  [5, 1024, 512],
  [40, 4096, 4096],
  [500, 8192, 4096],
];

for (const [gigabytes, most, free] of disks) {
  test(`on a disk of ${gigabytes} GiB the journal takes ${most} MiB at most and leaves ${free} free`, async () => {
    const lines = await journal(gigabytes);
    assert.deepEqual(
      lines.filter((line) => line.startsWith("System")),
      [`SystemMaxUse=${most}M`, `SystemKeepFree=${free}M`],
    );
  });
}

test("settings that Docker did not take are taken away again, so that the next setup tries anew", async () => {
  const stubs = [
    "folder=/opt/vru verb=vru-platform",
    'systemctl() { [ "$1" != reload ]; }; rm() { echo "rm $*"; }; fail() { echo "$*"; exit 1; }',
    "df() { echo 1K-blocks; echo 41943040; }; put() { cat >/dev/null; }",
  ];
  const { exitCode, stdout } = await execa(
    "dash",
    ["-c", ["set -eu", ...stubs, script("logs"), "logs"].join("\n")],
    { reject: false },
  );
  assert.deepEqual(
    [exitCode, stdout.split("\n")],
    [
      1,
      [
        "rm /etc/systemd/system/docker.service.d/berth-logs.conf",
        "docker did not take its settings again; see journalctl -u docker",
      ],
    ],
  );
});
