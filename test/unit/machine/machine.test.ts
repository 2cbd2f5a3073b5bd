import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { containerArgs } from "../../../components/containers/containerSpec.ts";
import { connection } from "../../../components/ssh/connection.ts";
import { hostKeyFrom } from "../../../components/ssh/hostKey.ts";
import { cloudConfig, setupPath } from "../../../components/machine/cloudConfig.ts";
import { containerProcesses } from "../../../components/machine/daemonSettings.ts";
import { gateScript } from "../../../components/machine/gateScript.ts";
import { everywhere, folderOf, verbOf, type Machine } from "../../../components/machine/machine.ts";
import { assignments, quote } from "../../../components/machine/scripts.ts";
import {
  dataScript,
  firewallScript,
  setupScript,
  steps,
  verbScript,
} from "../../../components/machine/setupScript.ts";
import { fromPypi } from "../../tools/pypi.ts";
import { skipWhen } from "../../tools/skip.ts";

const machine: Machine = { system: "vru", sshFrom: everywhere };
const dataDisk = {
  device: "/dev/disk/by-id/google-data",
  folders: ["/var/lib/docker/volumes", "/opt/vru-platform"],
};
const whole: Machine = { ...machine, gpu: true, dataDisk };
const server = connection({ address: "203.0.113.7", user: "ops", hostKey: "~/.ssh/known_hosts" });

const scripts: Record<string, string> = {
  "setup of a plain machine": setupScript(machine),
  "setup of a machine with a GPU and a data disk": setupScript(whole, { undoSeconds: 120 }),
  firewall: firewallScript(machine),
  "data disk": dataScript(dataDisk),
  verb: verbScript("vru"),
  gate: gateScript(server),
};

async function inFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "berth-test-"));
  const file = join(folder, "script");
  await writeFile(file, text);
  return use(file).finally(() => rm(folder, { recursive: true }));
}

async function missing(tool: string): Promise<string | undefined> {
  const { failed } = await execa("sh", ["-c", `command -v ${tool}`], { reject: false });
  return failed ? `${tool} is not installed` : undefined;
}

const shellcheck = await fromPypi("shellcheck");
const noDash = await missing("dash");

for (const [name, text] of Object.entries(scripts)) {
  test(`shellcheck finds nothing in the ${name}`, async (t) => {
    if ("missing" in shellcheck) {
      t.skip(shellcheck.missing);
      return;
    }
    const { program } = shellcheck;
    const check = (script: string) =>
      inFile(script, (file) => execa(program, ["--shell=sh", file], { reject: false }));
    assert.equal((await check(text)).stdout, "");
    assert.match((await check(`${text}\necho $unquoted`)).stdout, /SC2086/);
  });

  test(`dash takes the ${name}`, skipWhen(noDash), async () => {
    const { exitCode, stderr } = await inFile(text, (file) => execa("dash", ["-n", file], { reject: false }));
    assert.deepEqual([exitCode, stderr], [0, ""]);
  });
}

test("the firewall is up before Docker is installed, and disk and GPU are steps only where there are some", () => {
  const names = (machine: Machine) => steps(machine).map(({ name }) => name);
  assert.deepEqual(names(machine), [
    ...["check", "basics", "sshd", "firewall", "engine", "daemon", "upgrades", "logs", "place", "enforced"],
  ]);
  assert.deepEqual(names(whole), [
    ...[
      "check",
      "basics",
      "disk",
      "sshd",
      "firewall",
      "engine",
      "daemon",
      "gpu",
      "upgrades",
      "logs",
      "place",
      "enforced",
    ],
  ]);
});

test("folder and verb are named after the system", () => {
  assert.equal(verbOf("vru"), "vru-platform");
  assert.equal(folderOf("vru"), "/opt/vru-platform");
});

test("one container at the machine's limit of processes leaves others of its user a quarter of theirs", () => {
  const limits = { cpus: 1, memory: 64 };
  const spec = { image: "i", user: "1:1", networks: [], limits, graceSeconds: 30 };
  const user = 1024;
  assert.deepEqual(containerArgs(spec).ulimits, [{ name: "nproc", soft: user, hard: user }]);
  assert.equal(containerProcesses, (user * 3) / 4);
  assert.match(setupScript(machine), new RegExp(`^container_processes='${containerProcesses}'$`, "m"));
});

test("a value can't end its quotes", () => {
  assert.equal(quote(`it's $HOME`), `'it'\\''s $HOME'`);
  assert.equal(assignments({ a: "1 2", b: 3 }), "a='1 2'\nb='3'\n");
});

const configShape = z.strictObject({
  ssh_pwauth: z.literal(false),
  package_update: z.literal(false),
  write_files: z.array(
    z.strictObject({
      path: z.string(),
      owner: z.literal("root:root"),
      permissions: z.string(),
      content: z.string(),
    }),
  ),
  runcmd: z.array(z.array(z.string())),
  ssh_deletekeys: z.literal(true).optional(),
  ssh_keys: z.strictObject({ ed25519_private: z.string(), ed25519_public: z.string() }).optional(),
});

test("cloud-init runs the very script that setup runs", () => {
  const config = configShape.parse(parse(cloudConfig(whole)));
  const file = config.write_files.find(({ path }) => path === setupPath);
  assert.equal(file?.content, setupScript(whole));
  assert.deepEqual(config.runcmd, [[setupPath]]);
});

test("sshd's limits are written by cloud-init itself, in force for the first connection", () => {
  const { write_files } = configShape.parse(parse(cloudConfig(machine)));
  assert.deepEqual(write_files[0], {
    path: "/etc/ssh/sshd_config.d/00-berth.conf",
    owner: "root:root",
    permissions: "0644",
    content:
      "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n" +
      "MaxStartups 200\nMaxSessions 100\n",
  });
});

test("user-data holds a secret only with a host key", () => {
  assert.doesNotMatch(cloudConfig(whole), /PRIVATE KEY|ssh_keys/);
  const hostKey = hostKeyFrom(Buffer.alloc(32, 7).toString("base64"));
  const { ssh_keys } = configShape.parse(parse(cloudConfig({ ...machine, hostKey })));
  assert.deepEqual(ssh_keys, { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey });
});
