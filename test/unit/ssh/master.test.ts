import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { connection, controlPath } from "../../../components/ssh/connection.ts";
import { RemoteError } from "../../../components/ssh/errors.ts";
import { openMaster } from "../../../components/ssh/master.ts";

test("a master that hangs holds nobody up: it is ended, and another takes its place", async () => {
  const folder = await mkdtemp(join(tmpdir(), "master-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const log = join(folder, "log");
  const ssh = `#!/bin/sh
case "$*" in
  *"-O check"*"-door "*) echo second >> ${log}; exit 1 ;;
  *"-O check"*) echo first >> ${log}; exec sleep 600 ;;
  *" -N "*) echo started >> ${log} ;;
esac
`;
  await writeFile(join(folder, "ssh"), ssh);
  await chmod(join(folder, "ssh"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH ?? ""}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const way = connection({ address: "203.0.113.9", user: "ops", hostKey: "ssh-ed25519 AAAA" });
  const link = controlPath(way.target).replace(/^~/, userInfo().homedir);
  onTestFinished(() => rm(link, { force: true }));
  // As it is listed, to whom a line of it is cut short too.
  vi.stubEnv("COLUMNS", "40");
  const words = ["-o", "ControlMaster=yes", "-o", "ControlPersist=600", "-o"];
  const master = (user?: { uid: number }) => {
    const child = spawn("/bin/sh", ["-c", "read line", ...words, `ControlPath=${controlPath(way.target)}`], {
      argv0: "ssh",
      stdio: ["pipe", "ignore", "ignore"],
      ...user,
    });
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    return child;
  };
  const hanging = master();
  // Root alone could start it, and end it.
  const another = userInfo().uid === 0 ? master({ uid: 65534 }) : undefined;
  const ended = once(hanging, "exit");
  const begun = performance.now();
  await openMaster(way);
  assert.deepEqual(await ended, [null, "SIGKILL"]);
  const { pid } = another ?? {};
  if (pid !== undefined) assert.doesNotThrow(() => process.kill(pid, 0), "another user's is left alone");
  assert.ok(performance.now() - begun < 100_000);
  assert.equal(await readFile(log, "utf8"), "first\nsecond\nstarted\n");
}, 120_000);

test("machines that are opened together each say their own reason", async () => {
  const folder = await mkdtemp(join(tmpdir(), "master-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // Says at once, or a moment later, that the machine asked for isn't there.
  const ssh = `#!/bin/sh
case "$*" in *"-O check"*) exit 1 ;; esac
for last; do :; done
[ "$last" = 203.0.113.1 ] || sleep 0.5
echo "ssh: connect to host $last port 22: Connection refused" >&2
exit 255
`;
  await writeFile(join(folder, "ssh"), ssh);
  await chmod(join(folder, "ssh"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH ?? ""}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const addresses = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
  const results = await Promise.allSettled(
    addresses.map((address) => openMaster(connection({ address, user: "ops", hostKey: "ssh-ed25519 AAAA" }))),
  );
  for (const [place, result] of results.entries()) {
    assert.equal(result.status, "rejected");
    const reason: unknown = result.reason;
    expect(reason).toBeInstanceOf(RemoteError);
    const expected = `nothing listens for ssh at ops@${addresses[place] ?? ""};`;
    assert.ok(String(reason).includes(expected), String(reason));
  }
});
