import assert from "node:assert/strict";
import { mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { script } from "../../../components/machine/scripts.ts";
import { until } from "../../tools/wait.ts";

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
  assert.deepEqual(
    lines.filter((line) => line.startsWith("LogRateLimit")),
    ["LogRateLimitIntervalSec=1s", "LogRateLimitBurst=10000000"],
  );
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

test("what a container writes while Docker is away is read, and handed to Docker when it is back", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-docker-logs-"));
  const pipe = join(folder, "run/abc/init-stdout");
  const kept = join(folder, "kept/abc.init-stdout");
  try {
    const file = join(folder, "script");
    await writeFile(file, await keeper(folder));
    await mkdir(join(folder, "run/abc"), { recursive: true });
    for (const name of ["init-stdin", "init-stdout"]) await execa("mkfifo", [join(folder, "run/abc", name)]);
    // As the shim does, which holds both ends.
    const shim = await open(pipe, "r+");
    const lines = Array.from({ length: 4_000 }, (_, number) => `line ${number} ${"x".repeat(90)}\n`).join("");
    assert.ok(lines.length > 5 * 65_536, "more than pipes hold");
    const keeping = execa("sh", [file, "keep"], { detached: true, reject: false });
    // In pieces, as requests are logged.
    for (let begin = 0; begin < lines.length; begin += 500) await shim.write(lines.slice(begin, begin + 500));
    await until("all of it is kept", 60, async () => (await stat(kept)).size === lines.length);
    process.kill(-(keeping.pid ?? 0), "SIGTERM");
    await keeping;
    // Docker reads on before anything is handed to it.
    const docker = execa("head", ["-c", String(lines.length), pipe], { stripFinalNewline: false });
    await execa("sh", [file, "give"]);
    assert.equal((await docker).stdout, lines);
    await shim.close();
    assert.deepEqual(await readdir(folder), ["kept", "run", "script"]);
    assert.deepEqual(await readdir(join(folder, "kept")), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a container whose pipe nobody reads any more holds up no other's lines, and is given up", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-docker-logs-"));
  try {
    const file = join(folder, "script");
    const text = await keeper(folder);
    const patience = "timeout 120 ";
    assert.ok(text.includes(patience));
    await writeFile(file, text.replace(patience, "timeout 2 "));
    await mkdir(join(folder, "kept"));
    for (const name of ["a-ended", "runs"]) {
      await mkdir(join(folder, "run", name), { recursive: true });
      await execa("mkfifo", [join(folder, "run", name, "init-stdout")]);
      await writeFile(join(folder, "kept", `${name}.init-stdout`), "a line\n");
    }
    const docker = execa("cat", [join(folder, "run/runs/init-stdout")]);
    await execa("sh", [file, "give"], { timeout: 60_000 });
    assert.equal((await docker).stdout, "a line");
    assert.deepEqual(await readdir(join(folder, "kept")), []);
    assert.deepEqual(await readdir(folder), ["kept", "run", "script"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** The script that the machine gets, with its folders in this one. */
async function keeper(folder: string): Promise<string> {
  const stubs = [
    "folder=/opt/vru verb=vru-platform",
    "systemctl() { :; }",
    "df() { echo 1K-blocks; echo 41943040; }",
    "put() { case $1 in */berth-docker-logs) cat ;; *) cat >/dev/null ;; esac; }",
  ];
  const { stdout } = await execa("dash", ["-c", ["set -eu", ...stubs, script("logs"), "logs"].join("\n")]);
  return stdout
    .replaceAll("/run/docker/containerd", join(folder, "run"))
    .replaceAll("/var/lib/berth-docker-logs", join(folder, "kept"));
}
