import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "vitest";
import { variables } from "../../../services/certificates/certificates.ts";
import {
  interval,
  longest,
  patience,
  renewScript,
  silence,
} from "../../../services/certificates/renew.sh.ts";
import { watchScript } from "../../../services/proxy/watch.ts";
import { until } from "../../tools/wait.ts";

const acme = { ca: "https://ca.example.org/directory" };

describe("the loop that renews", () => {
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "berth-renew-"));
  });
  afterEach(() => {
    child?.kill();
    rmSync(folder, { recursive: true });
  });

  /** Runs it with another lego, which is a few lines of sh. */
  const start = (lego: string, wanted = "one", change = (script: string) => script): void => {
    const program = join(folder, "lego.sh");
    writeFileSync(program, `echo run >>${folder}/calls\n${lego}\n`);
    const text = renewScript
      .replaceAll("/var/lib/certificates", join(folder, "data"))
      .replaceAll("/etc/berth", join(folder, "files"))
      .replaceAll("/tmp/lego.log", join(folder, "log"))
      .replaceAll("/tmp/lego.pid", join(folder, "pid"))
      .replaceAll("/tmp/lego.watched", join(folder, "watched"))
      .replaceAll(`-lt ${silence}`, "-lt 5")
      .replaceAll("timeout 900 /lego run", `sh ${program}`);
    mkdirSync(join(folder, "data"), { recursive: true });
    child = spawn("sh", ["-c", change(text)], {
      env: { ...process.env, WANTED: wanted, LEGO_PATH: join(folder, "lego") },
      stdio: "ignore",
    });
  };
  const read = (file: string) => readFileSync(join(folder, file), "utf8").trim();
  const state = (name: string) =>
    existsSync(join(folder, "data/state", name)) ? read(`data/state/${name}`) : "";
  const calls = () => (existsSync(join(folder, "calls")) ? read("calls").split("\n").length : 0);
  const due = () => Number(state("due")) - Number(state("tried"));
  const failing = [
    // As lego writes an answer of several lines.
    String.raw`printf '%s\n' 'time=x level=ERROR msg=Error error="obtain: 400 Bad Request\nResponse: {\"error\":\"no\"}"'`,
    "exit 1",
  ].join("\n");
  const issuing = [
    'mkdir -p "$LEGO_PATH/certificates"',
    'echo "chain $(cat "$LEGO_PATH/../calls" | wc -l)" >"$LEGO_PATH/certificates/system.crt"',
    'echo key >"$LEGO_PATH/certificates/system.key"',
  ].join("\n");

  it("is text that sh can read, as is the proxy's part", () => {
    execFileSync("sh", ["-n"], { input: renewScript });
    execFileSync("sh", ["-n"], {
      input: watchScript({ live: "/a/nginx.conf", pairs: "/a/tls", name: "a.test" }),
    });
  });

  it("puts a new pair in place whole, and asks again twice a day", async () => {
    start(issuing);
    await until("a pair", 25, () => Promise.resolve(state("due") !== "" && state("due") !== "0"));
    await until("its name", 25, () => Promise.resolve(existsSync(join(folder, "data/current"))));
    const pair = read("data/current");
    assert.match(pair, /^pairs\/\d{8}-\d{6}-*$/);
    assert.deepEqual([read(`data/${pair}/chain.pem`), read(`data/${pair}/key.pem`)], ["chain 1", "key"]);
    assert.deepEqual([state("failures"), state("reason")], ["0", ""]);
    assert.ok(due() >= interval && due() <= interval + 3602, `${due()} s`);
  });

  it("says why it failed, and waits longer each time, at most four tries in an hour", async () => {
    for (const [index, seconds] of patience.entries()) {
      const failures = String(index + 1);
      if (index > 0) writeFileSync(join(folder, "data/state/due"), "0");
      start(failing);
      await until("a failure", 25, () =>
        Promise.resolve(state("failures") === failures && Number(state("due")) > 0),
      );
      child?.kill();
      assert.ok(due() >= seconds && due() <= seconds + 2, `${due()} s after ${failures}`);
    }
    assert.equal(state("reason"), "obtain: 400 Bad Request Response: {error:no}");
    const times = patience.map((_, index) => patience.slice(0, index).reduce((sum, next) => sum + next, 0));
    assert.equal(times.filter((time) => time < 3600).length, 4);
  });

  it("hands lego what is secret from files, and from nowhere else", async () => {
    mkdirSync(join(folder, "files"));
    writeFileSync(join(folder, "files/variable.LEGO_EAB_HMAC"), "mac $key");
    writeFileSync(join(folder, "files/ca.pem"), "root");
    start(`printf '%s' "$LEGO_EAB_HMAC" >${folder}/seen; exit 1`);
    await until("a failure", 25, () => Promise.resolve(state("failures") === "1"));
    assert.equal(read("seen"), "mac $key");
  });

  it("comes back when the CA says, where that is later", async () => {
    const time = "$(date -u -d '+2 hours' '+%Y-%m-%d %H:%M:%S')";
    start(`echo "too many certificates, retry after ${time} UTC: see the docs"; exit 1`);
    await until("a failure", 25, () =>
      Promise.resolve(state("failures") === "1" && Number(state("due")) > 0),
    );
    assert.ok(due() >= 7190 && due() <= 7210, `${due()} s`);
  });

  it("ends one that pauses for as long as the CA's limit says, and comes back then", async () => {
    const time = "$(date -u -d '+2 hours' '+%Y-%m-%d %H:%M:%S')";
    const words = `too many certificates, retry after ${time} UTC: see the docs`;
    start(`echo "time=x level=WARN msg=\\"retry: ${words}\\""; exec sleep 600`);
    await until("a failure", 25, () => Promise.resolve(Number(state("due")) > 0));
    assert.ok(due() >= 7190 && due() <= 7210, `${due()} s`);
    assert.match(state("reason"), /^too many certificates, retry after /);
  });

  it("leaves alone one that says nothing while it works, and one that goes on after a refusal", async () => {
    const refusal = 'time=x level=WARN msg="retry: busy"';
    start(`echo '${refusal}'; sleep 1; echo 'time=x level=INFO msg=Waiting'; sleep 8; ${failing}`);
    await until("a failure", 25, () => Promise.resolve(Number(state("due")) > 0));
    assert.equal(state("reason"), "obtain: 400 Bad Request Response: {error:no}");
  });

  it("asks nobody after a restart, and at once for other names and on SIGHUP", async () => {
    start(failing);
    await until("a failure", 25, () =>
      Promise.resolve(state("failures") === "1" && Number(state("due")) > 0),
    );
    child?.kill();
    start(failing);
    await until("it waits", 25, () => Promise.resolve(sleeps(child)));
    assert.equal(calls(), 1);
    assert.ok(Date.now() - statSync(join(folder, "data/state/alive")).mtimeMs < 60_000, "it came round");
    child?.kill("SIGHUP");
    await until("it asks", 25, () => Promise.resolve(state("failures") === "2"));
    child?.kill();
    start(failing, "two");
    await until("it asks anew", 25, () => Promise.resolve(calls() === 3 && state("failures") === "1"));
  });

  it("waits though it can't write when to ask again, as on a full disk", async () => {
    for (const name of ["due.next", "failures.next"])
      mkdirSync(join(folder, "data/state", name), { recursive: true });
    start(failing);
    await until("it waits", 25, () => Promise.resolve(sleeps(child)));
    assert.equal(calls(), 1);
  });

  it("goes on after a lego that ends before who watches it can hear", async () => {
    start("", "one", (script) => {
      const changed = script.replace(/^ *sh -c 'echo .*$/m, "    false");
      assert.notEqual(changed, script);
      return changed;
    });
    await until("a failure", 25, () => Promise.resolve(state("failures") === "1"));
    await until("it waits", 25, () => Promise.resolve(sleeps(child)));
  });

  it("asks again where the last try is in the future, for the clock was ahead", async () => {
    start(failing);
    await until("it waits", 25, () => Promise.resolve(sleeps(child)));
    child?.kill();
    const ahead = Math.floor(Date.now() / 1000) + 864_000;
    writeFileSync(join(folder, "data/state/tried"), String(ahead));
    writeFileSync(join(folder, "data/state/due"), String(ahead + interval));
    start(failing);
    await until("it asks", 25, () => Promise.resolve(calls() === 2));
  });

  it("comes back within a week, however late the CA says", async () => {
    const time = "$(date -u -d '+30 days' '+%Y-%m-%d %H:%M:%S')";
    start(`echo "retry after ${time} UTC"; exit 1`);
    await until("a failure", 25, () => Promise.resolve(Number(state("due")) > 0));
    assert.equal(due(), longest);
  });

  it("tries again after a try in which SIGHUP came", async () => {
    start(`[ -e ${folder}/go ] || { >${folder}/begun; while [ ! -e ${folder}/go ]; do sleep 0.1; done; }`);
    await until("a try", 25, () => Promise.resolve(existsSync(join(folder, "begun"))));
    child?.kill("SIGHUP");
    writeFileSync(join(folder, "go"), "");
    await until("another", 25, () => Promise.resolve(calls() === 2));
    await until("it waits", 25, () => Promise.resolve(sleeps(child)));
    assert.equal(calls(), 2);
  });

  it("renews each time it is asked, however soon after the pair of before", async () => {
    const due = join(folder, "renewal");
    // As lego does: nothing unless the CA says that the certificate is due.
    start(`[ -e ${due} ] || [ ! -e "$LEGO_PATH/certificates" ] || exit 0\nrm -f ${due}\n${issuing}`);
    const current = () => (existsSync(join(folder, "data/current")) ? read("data/current") : "");
    await until("a pair", 25, () => Promise.resolve(current() !== ""));
    for (const round of [1, 2, 3, 4, 5]) {
      const last = current();
      writeFileSync(due, "");
      child?.kill("SIGHUP");
      await until(`pair ${round}`, 10, () => Promise.resolve(current() !== last));
    }
  });

  it("keeps the pair before the last one, and no older", async () => {
    const names: string[] = [];
    while (names.length < 3) {
      if (names.length > 0) writeFileSync(join(folder, "data/state/due"), "0");
      start(issuing);
      const last = names.at(-1);
      await until("a new pair", 25, () =>
        Promise.resolve(existsSync(join(folder, "data/current")) && read("data/current") !== last),
      );
      child?.kill();
      names.push(read("data/current"));
    }
    assert.deepEqual(
      readdirSync(join(folder, "data/pairs")).sort(),
      names
        .slice(1)
        .map((name) => name.slice(6))
        .sort(),
    );
  });
});

/** Whether a shell waits for its sleep. */
function sleeps(child: ChildProcess | undefined): boolean {
  const { stdout } = { stdout: execFileSync("ps", ["-eo", "ppid,comm"], { encoding: "utf8" }) };
  return stdout.split("\n").some((line) => line.trim() === `${child?.pid} sleep`);
}

describe("lego's variables", () => {
  it("hold a folder for each CA, and change with names and account", () => {
    const one = variables({ acme, names: ["example.org"] });
    assert.equal(one.LEGO_EMAIL, undefined);
    const other = variables({ acme: { ca: "https://other.example.org/directory" }, names: ["example.org"] });
    assert.notEqual(one.LEGO_PATH, other.LEGO_PATH);
    const more = variables({ acme, names: ["example.org", "www.example.org"] });
    assert.equal(more.LEGO_PATH, one.LEGO_PATH);
    assert.notEqual(more.WANTED, one.WANTED);
  });

  it("tell nothing of a secret, not as a hash either", () => {
    const login = (secret: string) =>
      variables({
        acme: {
          ...acme,
          eab: { kid: "kid", hmac: secret },
          dns: { provider: "cloudflare", credentials: { CF_DNS_API_TOKEN: secret } },
        },
        names: ["example.org"],
      });
    assert.deepEqual(login("one"), login("two"));
  });
});
