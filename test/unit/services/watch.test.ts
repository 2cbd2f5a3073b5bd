import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it, onTestFinished } from "vitest";
import { placeholderOrganisation, watchScript, type Origin } from "../../../services/proxy/watch.ts";
import { testCa, type Pair, type TestCa } from "../../tools/certificates.ts";
import { until } from "../../tools/wait.ts";

describe("what the proxy does with certificates", () => {
  let ca: TestCa;
  let folder: string;
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    ca = await testCa();
  });
  afterAll(() => ca.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "berth-watch-"));
    for (const name of ["bin", "given/state", "tls"]) mkdirSync(join(folder, name), { recursive: true });
    // The test of a configuration, which fails while there is a file that says so.
    writeFileSync(join(folder, "bin/nginx"), `#!/bin/sh\n[ ! -e ${folder}/refuse ]\n`);
    chmodSync(join(folder, "bin/nginx"), 0o755);
  });
  afterEach(() => {
    stop();
    rmSync(folder, { recursive: true });
  });

  /** Everything but nginx itself, which is a process that notes each SIGHUP. */
  const start = (before = ":", origin?: Origin): void => {
    const script = watchScript({
      live: join(folder, "nginx.conf"),
      pairs: join(folder, "tls"),
      name: "a.test",
      origin,
    })
      .replaceAll("/run/certificates", join(folder, "given"))
      .replaceAll("/tmp/nginx.pid", join(folder, "nginx.pid"))
      .replaceAll("sleep 2", `echo look >>${folder}/looks; sleep 0.2`);
    const nginx = `${before}; trap 'echo taken >>${folder}/taken' HUP; echo $$ >${folder}/nginx.pid; while :; do sleep 0.1; done`;
    writeFileSync(join(folder, "master.sh"), nginx);
    child = spawn("sh", ["-c", `${script}\nexec sh ${folder}/master.sh`], {
      env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}` },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    child.stderr?.on("data", (text: Buffer) => (log += text.toString()));
  };
  let log = "";
  /** The watcher is a process beside it. */
  const stop = (): void => {
    if (child?.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    child = undefined;
  };
  const give = (name: string, { certificate, key }: Pair): void => {
    const pair = join(folder, "given/pairs", name);
    mkdirSync(pair, { recursive: true });
    writeFileSync(join(pair, "chain.pem"), certificate);
    writeFileSync(join(pair, "key.pem"), key);
    writeFileSync(join(folder, "given/current"), `pairs/${name}\n`);
  };
  const issued = (file: string) => join(folder, "tls/issued", file);
  const text = (file: string) => readFileSync(file, "utf8");
  const taken = () =>
    existsSync(join(folder, "taken")) ? text(join(folder, "taken")).trim().split("\n").length : 0;
  const looks = () =>
    existsSync(join(folder, "looks")) ? text(join(folder, "looks")).split("\n").length - 1 : 0;
  const metrics = () => text(join(folder, "tls/certificate.prom"));
  const ready = () => until("it is ready", 25, () => Promise.resolve(existsSync(join(folder, "nginx.pid"))));

  it("signs one itself, until there is another", async () => {
    start();
    await ready();
    const own = new X509Certificate(text(issued("chain.pem")));
    assert.match(own.subject, new RegExp(`O=${placeholderOrganisation}`));
    assert.equal(own.subjectAltName, "DNS:a.test");
    assert.equal(statSync(issued("key.pem")).mode & 0o777, 0o600);
    assert.match(metrics(), /^berth_certificate_placeholder 1$/m);
  });

  it("takes a new pair by a reload, and the next one", async () => {
    start();
    await ready();
    for (const round of [1, 2]) {
      const pair = await ca.issue(["a.test"]);
      give(`round-${round}`, pair);
      await until(`reload ${round}`, 10, () => Promise.resolve(taken() === round));
      assert.deepEqual([text(issued("chain.pem")), text(issued("key.pem"))], [pair.certificate, pair.key]);
      const end = Date.parse(new X509Certificate(pair.certificate).validTo) / 1000;
      const wanted = `berth_certificate_expiry_timestamp_seconds ${end}\nberth_certificate_placeholder 0\n`;
      await until("its end is told", 25, () => Promise.resolve(metrics().startsWith(wanted)));
    }
    await until("the old pair is gone", 25, () => Promise.resolve(!existsSync(join(folder, "tls/round-1"))));
  });

  it("serves on with the old one when nginx refuses the new one, and tells how often the CA gave none", async () => {
    const first = await ca.issue(["a.test"]);
    give("first", first);
    start();
    await ready();
    assert.equal(text(issued("chain.pem")), first.certificate);
    writeFileSync(join(folder, "refuse"), "");
    writeFileSync(join(folder, "given/state/failures"), "3\n");
    log = "";
    give("second", await ca.issue(["a.test"]));
    await until("it is said", 25, () =>
      Promise.resolve(log.includes("refused by nginx, the old one serves")),
    );
    assert.equal(text(issued("chain.pem")), first.certificate);
    assert.equal(taken(), 0);
    await until("failures", 25, () => Promise.resolve(/^berth_certificate_failures 3$/m.test(metrics())));
  });

  it("tries again to take a pair that was refused", async () => {
    start();
    await ready();
    writeFileSync(join(folder, "refuse"), "");
    log = "";
    const pair = await ca.issue(["a.test"]);
    give("first", pair);
    await until("it is said", 25, () => Promise.resolve(log.includes("refused by nginx")));
    rmSync(join(folder, "refuse"));
    await until("a reload", 30, () => Promise.resolve(taken() === 1));
    assert.equal(text(issued("chain.pem")), pair.certificate);
  });

  it("takes a pair that comes before nginx listens once it does", async () => {
    start(`until [ -e ${folder}/listen ]; do sleep 0.1; done`);
    await until("one of its own", 25, () => Promise.resolve(existsSync(issued("chain.pem"))));
    const pair = await ca.issue(["a.test"]);
    give("early", pair);
    await until("it has looked twice", 25, () => Promise.resolve(looks() >= 2));
    writeFileSync(join(folder, "listen"), "");
    await until("a reload", 25, () => Promise.resolve(taken() === 1));
    assert.equal(text(issued("chain.pem")), pair.certificate);
  });

  it("takes the pairs of another proxy, which knows it by a login", async () => {
    let handed: (Pair & { name: string }) | undefined;
    const logins: (string | undefined)[] = [];
    const other = createServer(({ url = "", headers }, response) => {
      logins.push(headers.authorization);
      const { name, certificate, key } = handed ?? {};
      const files: Record<string, string | undefined> = {
        ...{ "/name": name && `${name}\n`, "/chain.pem": certificate, "/key.pem": key },
      };
      const found = headers.authorization === "Bearer s3cret" ? files[url] : undefined;
      response.writeHead(found === undefined ? 404 : 200).end(found);
    });
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    onTestFinished(() => {
      other.close();
    });
    const header = join(folder, "header");
    writeFileSync(header, "Authorization: Bearer s3cret\n");
    start(":", { server: `127.0.0.1:${(other.address() as AddressInfo).port}`, header });
    await ready();
    assert.match(metrics(), /^berth_certificate_placeholder 1$/m);
    await until("it has asked in vain", 25, () => Promise.resolve(logins.length > 1));
    for (const round of [1, 2]) {
      handed = { name: `round-${round}`, ...(await ca.issue(["a.test"])) };
      await until(`reload ${round}`, 30, () => Promise.resolve(taken() === round));
      assert.deepEqual(
        [text(issued("chain.pem")), text(issued("key.pem"))],
        [handed.certificate, handed.key],
      );
      await until("the pair's name", 25, () =>
        Promise.resolve(existsSync(issued("name")) && text(issued("name")) === `round-${round}\n`),
      );
    }
    // A name that would lead elsewhere, and one that has nothing.
    const { length } = logins;
    handed = { ...handed, name: "../../escaped" } as typeof handed;
    await until("it has asked again", 30, () => Promise.resolve(logins.length > length));
    assert.equal(taken(), 2);
    assert.deepEqual([...new Set(logins)], ["Bearer s3cret"]);
    assert.equal(log.includes("s3cret"), false);
  });

  it("serves the last one after a restart, whatever became of the volume", async () => {
    const pair = await ca.issue(["a.test"]);
    give("first", pair);
    start();
    await ready();
    stop();
    rmSync(join(folder, "given"), { recursive: true });
    rmSync(join(folder, "nginx.pid"));
    start();
    await ready();
    assert.equal(text(issued("chain.pem")), pair.certificate);
    assert.equal(taken(), 0);
  });
});
