import assert from "node:assert/strict";
import { execa } from "execa";
import { test } from "vitest";
import { script } from "../../../components/machine/scripts.ts";

interface There {
  /** What the engine that runs says, by the field that is asked for. */
  says?: Record<string, string>;
  /** What is in daemon.json. */
  file?: string;
  /** GiB free, by where `df` is asked; elsewhere none. */
  free?: Record<string, number>;
}

/** What the check of room ends with on a machine, of which it asks these commands. */
async function room({ says, file = "", free = {} }: There): Promise<string> {
  const answers = (values: Record<string, string>, word: string) =>
    Object.entries(values).map(([key, value]) => `case "${word}" in *'${key}'*) echo '${value}' ;; esac`);
  const stubs = [
    'fail() { echo "$1"; exit 1; }',
    `systemctl() { ${says === undefined ? "false" : "true"}; }`,
    `docker() { ${[":", ...answers(says ?? {}, "$3")].join("; ")}; }`,
    `containerd() { ${[":", ...answers(says ?? {}, "$2")].join("; ")}; }`,
    // In KiB, below its heading.
    `df() { echo Avail; case $3 in ${Object.entries(free)
      .map(([place, gigabytes]) => `${place}) echo ${gigabytes * 1024 * 1024} ;;`)
      .join(" ")} *) echo 0 ;; esac; }`,
  ];
  const checks = script("check").replace(" </etc/docker/daemon.json |", " |");
  const text = ["set -eu", "least_disk=10", ...stubs, checks, "room", "echo enough"].join("\n");
  const { stdout } = await execa("dash", ["-c", text], { input: file, reject: false });
  return stdout.replace(/; .* as /, "; ");
}

const refused = (place: string, setting = "data-root in /etc/docker/daemon.json") =>
  `disk: must have 10 GiB free below ${place}, got 0; ${setting}`;

test("Docker's room is where the engine that runs has its data", async () => {
  const says = { DockerRootDir: "/srv" };
  assert.equal(await room({ says, free: { "/srv": 10 } }), "enough");
  assert.equal(
    await room({ says, free: { "/var/lib": 50 }, file: '{"data-root":"/var/lib"}' }),
    refused("/srv"),
  );
});

test("without an engine it is what daemon.json will tell it, by the folder above that is there, else /var/lib/docker", async () => {
  const file = '{\n  "log-level": "info",\n  "data-root" : "/srv/not-there/docker"\n}\n';
  assert.equal(await room({ file, free: { "/srv": 10 } }), "enough");
  assert.equal(await room({ file, free: { "/var/lib": 50 } }), refused("/srv/not-there/docker"));
  assert.equal(await room({ file: "{}" }), refused("/var/lib/docker"));
});

test("an engine that leaves images to containerd needs room there too", async () => {
  const driver = '[["driver-type","io.containerd.snapshotter.v1"]]';
  const says = { DockerRootDir: "/srv", DriverStatus: driver };
  const setting = "root in /etc/containerd/config.toml";
  assert.equal(await room({ says, free: { "/srv": 10 } }), refused("/var/lib/containerd", setting));
  const moved = { ...says, dump: `version = 2\nroot = "/opt"` };
  assert.equal(await room({ says: moved, free: { "/srv": 10, "/opt": 10 } }), "enough");
  assert.equal(await room({ says: moved, free: { "/srv": 10 } }), refused("/opt", setting));
});
