import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerInfo } from "dockerode";
import { afterEach, beforeEach, describe, it } from "vitest";
import { publicProxies, publicProxyOf } from "../../../cli/docker/publicProxies.ts";
import { maintenanceIn, maintenanceText, switches, together } from "../../../cli/maintenance/state.ts";
import { goesOn, maintenanceVerdicts, whileClosed } from "../../../cli/maintenance/verdicts.ts";
import { pageVerdict } from "../../../cli/verify/verdicts.ts";
import { nginxConf } from "../../../services/proxy/conf.ts";
import { models } from "../nginx/models.ts";

describe("what switches maintenance, in the proxy", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "berth-maintenance-"));
    writeFileSync(join(folder, "nginx.conf"), nginxConf(models.docsai));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  /** The configuration names the place that it has in a container; all else is the folder's. */
  const run = (state: keyof typeof switches) => {
    const script = switches[state]
      .replaceAll("/run/berth", folder)
      .replace(`(-f ${folder}`, "(-f /run/berth");
    const { status, stdout } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    return { status, ...maintenanceIn(stdout) };
  };
  const flag = () => join(folder, "maintenance");

  it("puts the flag there with the time, and takes it away", () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { status, active, since = "" } = run("on");
    assert.deepEqual([status, active], [0, true]);
    assert.match(since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Date.parse(since) >= before && Date.parse(since) <= Date.now(), since);
    assert.deepEqual(run("off"), { status: 0, active: false });
    assert.equal(existsSync(flag()), false);
    assert.deepEqual(run("off"), { status: 0, active: false });
  });

  it("keeps when it began, whoever began it", () => {
    writeFileSync(flag(), "2026-11-27T01:02:03Z\n");
    assert.deepEqual(run("on"), { status: 0, active: true, since: "2026-11-27T01:02:03Z" });
    writeFileSync(flag(), "");
    assert.deepEqual(run("on"), { status: 0, active: true });
    assert.equal(readFileSync(flag(), "utf8"), "");
  });

  it("takes no folder of that name for the flag, as nginx takes none", () => {
    mkdirSync(flag());
    const { status, active } = run("on");
    assert.deepEqual([status, active], [0, false]);
  });

  it("does nothing where the configuration knows no flag, for it would serve on", () => {
    writeFileSync(join(folder, "nginx.conf"), nginxConf(models.arv));
    assert.deepEqual(run("on"), { status: 3, active: false });
    assert.equal(existsSync(flag()), false);
  });
});

describe("what is said of maintenance", () => {
  const state = { active: true, since: "2026-11-27T01:02:03Z" };

  it("says since when it is on and what ends it", () => {
    assert.equal(
      maintenanceText("prod", state),
      "on since 2026-11-27T01:02:03Z, the public gets 503; berth maintenance off --stack prod ends it",
    );
    assert.equal(
      maintenanceText("prod", { active: true }),
      "on, the public gets 503; berth maintenance off --stack prod ends it",
    );
    assert.equal(maintenanceText("prod", { active: false }), "off");
  });

  it("verifies the rest as ever: a page that answers 503 is meant, one that answers otherwise isn't", () => {
    const detail = "is on since 2026-11-27T01:02:03Z: the public gets 503";
    assert.deepEqual(maintenanceVerdicts(state), [
      { level: "proxy", what: "maintenance", outcome: "skip", detail },
    ]);
    assert.deepEqual(maintenanceVerdicts({ active: false }), []);
    const page = (status: number) => pageVerdict("http://a.test/", { status, body: "<!doctype html>" });
    assert.deepEqual(whileClosed(state, page(503)), {
      level: "proxy",
      what: "http://a.test/",
      outcome: "skip",
      detail: "answered 503: maintenance is on",
    });
    for (const status of [200, 500, 502]) assert.deepEqual(whileClosed(state, page(status)), page(status));
    assert.deepEqual(whileClosed({ active: false }, page(503)), page(503));
    assert.deepEqual(whileClosed(state, page(503), true), page(503));
  });

  it("takes the page of health for one that goes on unless it is the application's, and Grafana's", () => {
    const urls = (health: string) => [
      ["application", "http://a.test/"] as const,
      ["health", health] as const,
    ];
    const pages = ["application", "health", "documentation", "monitoring"];
    assert.deepEqual(
      pages.filter((page) => goesOn(page, urls("http://a.test/health"))),
      ["health", "monitoring"],
    );
    assert.equal(goesOn("health", urls("http://a.test/")), false);
    assert.equal(goesOn("health", [["health", "http://a.test/"]]), false);
  });

  it("shows no time that isn't one, for anybody in the proxy may write there", () => {
    for (const text of ["", "soon", "\u001b[31m2026Z", "2026-11-27T01:02:03"])
      assert.deepEqual(maintenanceIn(`on ${text}\n`), { active: true }, text);
  });

  it("is asked of the proxy that the public reaches, and of no database that is published too", () => {
    const container = (Id: string, PrivatePort: number, PublicPort?: number) =>
      ({ Id, Ports: [{ PrivatePort, PublicPort }] }) as ContainerInfo;
    const [database, inner, proxy] = [
      container("database", 5432, 5432),
      container("inner", 80),
      container("proxy", 80, 8080),
    ];
    assert.equal(publicProxyOf([database, inner, proxy])?.Id, "proxy");
    assert.equal(publicProxyOf([database, inner]), undefined);
  });

  it("is on where one of several proxies has it on, and says through which of them the public still gets in", () => {
    const closed = (service: string, since?: string) => ({ service, active: true, ...(since && { since }) });
    const serving = (service: string) => ({ service, active: false });
    const [early, late] = ["2026-11-27T01:02:03Z", "2026-11-27T01:02:04Z"];
    assert.deepEqual(together([]), { active: false });
    assert.deepEqual(together([serving("nginx"), serving("nginx-two")]), { active: false });
    assert.deepEqual(together([closed("nginx", late), closed("nginx-two", early)]), {
      active: true,
      since: early,
    });
    assert.deepEqual(together([closed("nginx"), closed("nginx-two", late)]), { active: true, since: late });
    const half = together([serving("nginx"), closed("nginx-two"), serving("nginx-three")]);
    assert.deepEqual(half, { active: true, open: ["nginx", "nginx-three"] });
    assert.equal(
      maintenanceText("prod", half),
      "on, the public gets 503 but from nginx, nginx-three, which berth maintenance on closes too; berth maintenance off --stack prod ends it",
    );
    assert.deepEqual(maintenanceVerdicts({ active: true, open: ["nginx-two"] }), [
      {
        level: "proxy",
        what: "maintenance",
        outcome: "fail",
        detail: "is on: the public gets 503 but from nginx-two, which berth maintenance on closes too",
      },
    ]);
  });

  it("is asked of each machine's proxy, and of none that other machines alone reach", () => {
    const container = (service: string, IP: string) =>
      ({
        Labels: { "berth.service": service },
        Ports: [{ PrivatePort: 80, PublicPort: 80, IP }],
      }) as unknown as ContainerInfo;
    const machine = (...containers: ContainerInfo[]) => ({ docker: {} as never, containers });
    const found = publicProxies([
      machine(container("nginx", "127.0.0.1")),
      machine(container("microservice-nginx", "10.0.0.5"), container("nginx-two", "0.0.0.0")),
      machine(),
      machine(container("microservice-nginx", "10.0.0.6")),
    ]);
    assert.deepEqual(
      found.map(({ service }) => service),
      ["nginx", "nginx-two"],
    );
  });
});
