import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { aptError, aptPercent } from "../../../toolchain/apt.ts";
import { lastWords } from "../../../toolchain/daemon.ts";
import { dockerEndpoint, whyNotEngine } from "../../../toolchain/engine.ts";
import { type Machine, isDebian, remedyFor } from "../../../toolchain/remedy.ts";

const home = mkdtempSync(join(tmpdir(), "berth-docker-"));
const meta = join(home, ".docker/contexts/meta", createHash("sha256").update("colima").digest("hex"));
mkdirSync(meta, { recursive: true });
writeFileSync(
  join(meta, "meta.json"),
  '{"Name":"colima","Endpoints":{"docker":{"Host":"unix:///colima.sock"}}}',
);

test("the engine is DOCKER_HOST's, else the context's, else the default", () => {
  const colima = { host: "unix:///colima.sock", source: "context" };
  assert.deepEqual(dockerEndpoint({}, home), { host: "unix:///var/run/docker.sock", source: "default" });
  assert.deepEqual(dockerEndpoint({ DOCKER_CONTEXT: "colima" }, home), colima);
  assert.deepEqual(dockerEndpoint({ DOCKER_CONTEXT: "default" }, home).source, "default");
  writeFileSync(join(home, ".docker/config.json"), '{"currentContext":"colima"}');
  assert.deepEqual(dockerEndpoint({}, home), colima);
  assert.deepEqual(dockerEndpoint({ DOCKER_HOST: "tcp://a:1", DOCKER_CONTEXT: "colima" }, home), {
    host: "tcp://a:1",
    source: "DOCKER_HOST",
  });
});

test("a context that doesn't exist is refused by its name", () => {
  assert.throws(() => dockerEndpoint({ DOCKER_CONTEXT: "gone" }, home), {
    message: 'docker: context must exist, got "gone"; run "docker context ls" to see which do',
  });
});

test("an engine older than 20.10 is refused with its version and the fix", () => {
  for (const version of ["20.10.0", "20.10.24+dfsg1", "28.0.1", "29.0.0-rc.1"])
    assert.equal(whyNotEngine(version), undefined);
  for (const version of ["19.03.15", "1.13.1", "unknown"])
    assert.equal(
      whyNotEngine(version),
      `docker: must be Engine 20.10 or newer, got ${version}; upgrade it, https://docs.docker.com/engine/install/`,
    );
});

const server: Machine = { platform: "linux", root: true, debian: true, dockerd: false, systemd: true };
const silent = "docker: must have an engine that answers, got ENOENT";

test("a silent engine is installed or started only as root on Debian's kin", () => {
  const remedy = (patch: Partial<Machine>): unknown =>
    remedyFor({ host: "unix:///var/run/docker.sock", source: "default" }, "ENOENT", { ...server, ...patch });
  assert.equal(remedy({}), "install");
  assert.equal(remedy({ dockerd: true }), "start");
  assert.equal(remedy({ dockerd: true, debian: false }), "start");
  assert.deepEqual(remedy({ dockerd: true, root: false }), {
    say: `${silent}; run "sudo systemctl start docker"`,
  });
  assert.deepEqual(remedy({ root: false }), {
    say: `${silent}; run "sudo apt-get install docker.io", or this as root`,
  });
  assert.deepEqual(remedy({ debian: false }), {
    say: `${silent}; install it, https://docs.docker.com/engine/install/`,
  });
  assert.deepEqual(remedy({ platform: "darwin", root: false, debian: false }), {
    say: `${silent}; install and start Docker Desktop, https://docs.docker.com/get-docker/`,
  });
});

test("an engine that someone named is theirs to mend", () => {
  assert.deepEqual(remedyFor({ host: "tcp://10.0.0.1:2375", source: "DOCKER_HOST" }, "ETIMEDOUT", server), {
    say: 'DOCKER_HOST: must name an engine that answers, got "tcp://10.0.0.1:2375" (ETIMEDOUT); fix or unset it',
  });
  assert.deepEqual(remedyFor({ host: "unix:///colima.sock", source: "context" }, "ENOENT", server), {
    say: 'docker: the context\'s engine must answer, got "unix:///colima.sock" (ENOENT); start it',
  });
  assert.deepEqual(remedyFor({ host: "unix:///var/run/docker.sock", source: "default" }, "EACCES", server), {
    say: 'docker: must let this user in, got EACCES; run "sudo usermod -aG docker $USER" and log in again',
  });
});

test("Debian's kin is known by os-release", () => {
  assert.equal(isDebian('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n'), true);
  assert.equal(isDebian("ID=ubuntu\nID_LIKE=debian\n"), true);
  assert.equal(isDebian('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), true);
  assert.equal(isDebian("ID=alpine\nHOME_URL=https://debian.org\n"), false);
  assert.equal(isDebian('ID="rhel"\nID_LIKE="fedora"\n'), false);
});

test("apt's progress and errors are read from its machine lines", () => {
  assert.equal(aptPercent("dlstatus:1:20.5149:Retrieving file 2 of 6"), 21);
  assert.equal(aptPercent("pmstatus:docker.io:45.4545:Unpacking docker.io (amd64)"), 45);
  assert.equal(aptPercent("pmstatus:libc6:amd64:90:Configuring libc6 (amd64)"), 90);
  assert.equal(aptPercent("Reading package lists..."), undefined);
  assert.equal(
    aptError("W: old\nE: Unable to locate package docker.io\nE: more"),
    "Unable to locate package docker.io",
  );
  assert.equal(aptError("killed\n"), "killed");
});

test("of dockerd's log, what ended it is told", () => {
  const fatal =
    'time="a" level=info msg="Starting"\ntime="b" level=fatal msg="iptables \\"nat\\" is missing" x=1\n';
  assert.equal(lastWords(fatal), 'iptables \\"nat\\" is missing');
  assert.equal(lastWords("failed to start daemon: no\n"), "failed to start daemon: no");
  assert.equal(
    lastWords("failed to start daemon: no\ndocker.service: Failed.\n"),
    "failed to start daemon: no",
  );
  assert.equal(lastWords("killed\n"), "killed");
});
