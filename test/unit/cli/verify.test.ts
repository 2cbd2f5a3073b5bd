import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import { answerIn, askCommand, noClient, ownPageCommand, withoutShell } from "../../../cli/verify/ask.ts";
import { diskVerdict } from "../../../cli/verify/disk.ts";
import { firewallIn, firewallVerdict } from "../../../cli/verify/firewall.ts";
import { healthPath } from "../../../cli/verify/healthPath.ts";
import { listeningSocket } from "../../../cli/verify/socket.ts";
import { serviceType, type Checkpoint } from "../../../cli/state/checkpoint.ts";
import { missing } from "../../../cli/verbs/verify.ts";
import { answerVerdict, noPageVerdict, pageVerdict, readyVerdict } from "../../../cli/verify/verdicts.ts";

const run = promisify(execFile);
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const ready: RequestListener = ({ url, headers }, response) => {
  response.statusCode = url === "/ready" ? 200 : 404;
  response.end(`{"host":"${headers.host?.split(":")[0]}"}`);
};

async function listen(where?: string): Promise<string> {
  const server = createServer(ready);
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (where === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(where, resolve);
  });
  return where ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Runs the command where only one client is found. */
async function ask(client: string | undefined, url: string, socket?: string) {
  const [shell = "", flag = "", script = ""] = askCommand(url, socket);
  const only = `command() { [ "$2" = "${client ?? "none"}" ]; }; ${script}`;
  const { stdout } = await run(shell, [flag, only]);
  return answerIn(stdout);
}

describe("an application is asked from inside its container", () => {
  for (const client of ["curl", "python3", "node"]) {
    it(`on its port, with ${client}`, async () => {
      const url = await listen();
      expect(await ask(client, `${url}/ready`)).toEqual({ status: 200, body: '{"host":"127.0.0.1"}' });
      expect((await ask(client, `${url}/none`)).status).toBe(404);
    });

    it(`on its socket, with ${client}`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), "berth-ask-"));
      t.onTestFinished(() => rm(folder, { recursive: true }));
      const socket = await listen(join(folder, "a.sock"));
      const url = "http://localhost/ready";
      expect(await ask(client, url, socket)).toEqual({ status: 200, body: '{"host":"localhost"}' });
    });
  }

  it("and one that has nothing to ask with is left out, not called broken", async () => {
    const answer = await ask(undefined, "http://127.0.0.1:1/ready");
    expect(answer).toEqual({ status: 0, body: noClient });
    expect(readyVerdict("api-1", answer)).toEqual({
      level: "dependency",
      what: "api-1",
      outcome: "skip",
      detail: noClient,
    });
  });
});

describe("a page at a machine of several is asked inside the proxy there", () => {
  const page = async (url: string, prefix = "") => {
    const [shell = "", flag = "", script = ""] = ownPageCommand(url);
    return answerIn((await run(shell, [flag, prefix + script])).stdout);
  };

  it("under its own name, whatever machine that leads to", async () => {
    const { port } = new URL(await listen());
    expect(await page(`http://documents.example.test:${port}/ready`)).toEqual({
      status: 200,
      body: '{"host":"documents.example.test"}',
    });
    const silent = page("http://documents.example.test:1/");
    await expect(silent).rejects.toMatchObject({
      stdout: expect.stringMatching(/^curl: \(7\) .*127\.0\.0\.1 port 1/) as string,
    });
  });

  it("and one that has nothing to ask with says so", async () => {
    const none = "command() { false; }; ";
    expect(await page("http://127.0.0.1:1/", none)).toEqual({ status: 0, body: noClient });
  });
});

describe("an owner's image", () => {
  it("that has no shell has nothing to ask with", () => {
    const body =
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown';
    expect(withoutShell(answerIn(body))).toEqual({ status: 0, body: noClient });
    const refused = { status: 0, body: "connect ECONNREFUSED 127.0.0.1:8000" };
    expect(withoutShell(refused)).toEqual(refused);
  });

  for (const status of [200, 301, 401, 403, 404, 405]) {
    it(`that answers /ready with ${status} and no list has no such page`, () => {
      const { outcome, detail } = readyVerdict("api-1", { status, body: "Sign in" });
      expect({ outcome, detail }).toEqual({ outcome: "skip", detail: "its image has no /ready" });
    });
  }

  it("that fails at /ready is broken", () => {
    const { outcome, detail } = readyVerdict("api-1", { status: 502, body: "no" });
    expect({ outcome, detail }).toEqual({ outcome: "fail", detail: "answered 502 no" });
  });

  it("is asked for a page only where a setting names one", () => {
    const candidate = { user: false, health: false, port: false };
    expect(healthPath({ health: "/docs" })).toBe("/docs");
    expect(healthPath({})).toBe("/health");
    expect(healthPath({ health: "/docs", candidate })).toBeUndefined();
    expect(healthPath({ health: "/live", healthKind: "path", candidate })).toBe("/live");
    expect(healthPath({ health: "/docs", healthKind: "tcp" })).toBeUndefined();
    expect(healthPath({ health: "/docs", healthCommand: ["true"] })).toBeUndefined();
  });
});

it("wget's refusals are read from the headers it prints", () => {
  expect(answerIn("  HTTP/1.1 404 Not Found\n  Server: x\n").status).toBe(404);
  expect(answerIn("").status).toBe(0);
});

describe("the socket of a service", () => {
  const table = [
    "Num       RefCount Protocol Flags    Type St Inode Path",
    "0000000000000000: 00000002 00000000 00010000 0001 01 101 /tmp/control.sock",
    "0000000000000000: 00000003 00000000 00000000 0001 03 102 /run/app/0f1e2d3c4b5a.sock",
    "0000000000000000: 00000002 00000000 00010000 0001 01 103 /run/app/0f1e2d3c4b5a.sock",
    "0000000000000000: 00000003 00000000 00000000 0001 03 104",
  ].join("\n");

  it("is the one named after its container", () => {
    expect(listeningSocket(table, "0f1e2d3c4b5a")).toBe("/run/app/0f1e2d3c4b5a.sock");
  });

  it("is none where it only connects to others, or they are somebody else's", () => {
    expect(listeningSocket(table, "000000000000")).toBe(undefined);
    expect(listeningSocket(table.split("\n").slice(0, 3).join("\n"), "0f1e2d3c4b5a")).toBe(undefined);
  });
});

it("a page that an owner's image doesn't have is no failure of the system's", () => {
  expect(noPageVerdict("x")).toEqual({
    level: "proxy",
    what: "x",
    outcome: "skip",
    detail: "answered 404: the image has no such page",
  });
});

it("a service that tells its health by a command passes with any answer of its own, a page only with a good one", () => {
  const verdicts = [200, 302, 404, 502, 0].map((status) => [
    answerVerdict("x", { status, body: "" }).outcome,
    pageVerdict("x", { status, body: "" }).outcome,
  ]);
  expect(verdicts).toEqual([
    ["pass", "pass"],
    ["pass", "pass"],
    ["pass", "fail"],
    ["fail", "fail"],
    ["fail", "fail"],
  ]);
});

describe("a machine's firewall", () => {
  const verdict = (answer: string, hasSetup = true) => {
    const firewall = firewallIn(answer);
    const { level, what, outcome, detail } = firewallVerdict("firewall of vru.example", firewall, hasSetup);
    expect([level, what]).toEqual(["machine", "firewall of vru.example"]);
    return [outcome, detail];
  };

  it("passes only when the machine says that it is closed", () => {
    expect(verdict("closed")).toEqual(["pass", "closed"]);
    expect(verdict("open, berth-firewall is not active")).toEqual([
      "fail",
      "open, berth-firewall is not active; run berth setup",
    ]);
  });

  it("isn't taken for closed where it can't be asked", () => {
    expect(verdict("usage: berth-firewall machine|docker|open|print")).toEqual([
      "fail",
      "can't be asked before berth setup has run once more",
    ]);
    expect(verdict("sudo: a password is required")).toEqual(["fail", "sudo: a password is required"]);
  });

  it("is mended without setup on a machine that Berth made", () => {
    expect(verdict("closed", false)).toEqual(["pass", "closed"]);
    const units = "berth-firewall berth-docker-firewall";
    expect(verdict("open, berth-firewall is not active", false)).toEqual([
      "fail",
      `open, berth-firewall is not active; on the machine: sudo systemctl enable ${units} && sudo systemctl restart ${units}`,
    ]);
    expect(verdict("usage: berth-firewall machine|docker|open|print", false)).toEqual([
      "fail",
      "can't be asked on a machine of an older Berth; raise host.rebuild for a new one with the same data",
    ]);
    expect(verdict("ssh: no route", false)).toEqual(["fail", "ssh: no route"]);
  });
});

describe("containers that ought to run", () => {
  const labels = Object.entries({ "berth.role": "service", "berth.service": "api" });
  const inputs = {
    labels: labels.map(([label, value]) => ({ label, value })),
    mode: { replicated: { replicas: 3 } },
  };
  const checkpoint = {
    resources: [{ urn: "…::api", type: serviceType, id: "s1", inputs }],
  } as unknown as Checkpoint;
  const task = (service: string) =>
    ({ Id: "c", Labels: { "com.docker.swarm.service.id": service, "berth.service": "api" } }) as never;

  it("are of a swarm's service so many on all machines together", () => {
    expect(missing(checkpoint, [task("s1"), task("s1"), task("s1")])).toEqual([]);
    expect(missing(checkpoint, [task("s1"), task("another"), task("s1")])).toEqual([
      { level: "container", what: "api", outcome: "fail", detail: "2 of 3 containers run" },
    ]);
    expect(missing(undefined, [])).toEqual([]);
  });
});

const head = "Filesystem     1024-blocks     Used Available Capacity Mounted on";
const disks: [rule: string, answer: string, outcome: "pass" | "fail", detail: string][] = [
  [
    "has room",
    `${head}\n/dev/sda1 41943040 20971520 20971520 50% /\n/dev/sda1 41943040 20971520 20971520 50% /`,
    "pass",
    "20.0G of 40.0G free in /",
  ],
  [
    "has room, and that of the volumes hasn't",
    `${head}\n/dev/sda1 41943040 20971520 20971520 50% /\n/dev/sdb 10485760 10485760 0 100% /var/lib/docker/volumes`,
    "fail",
    "0M of 10.0G free in /var/lib/docker/volumes; remove what nobody needs, for example with docker image prune there, or make it larger",
  ],
  ["can't be asked", "sudo: a password is required\n", "fail", "sudo: a password is required"],
];

for (const [rule, answer, outcome, detail] of disks) {
  it(`a machine's disk ${rule}`, () => {
    const what = "disk of vru.example";
    expect(diskVerdict(what, answer)).toEqual({ level: "machine", what, outcome, detail });
  });
}
