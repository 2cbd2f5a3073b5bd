import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { Berth } from "../tools/berth.ts";
import { docker } from "../tools/docker.ts";
import { prepareImages } from "../tools/prepare.ts";
import { release, removeReleases } from "../tools/release.ts";

/** A front end as LOC8's document builds it: nginx on port 80, which nobody made for a read-only root. */
const site = [
  "RUN mkdir -p /srv/site && echo 'a page of a stranger' > /srv/site/index.html \\",
  " && rm -rf /var/lib/nginx && mkdir -p /var/lib/nginx \\",
  " && echo 'pid /tmp/nginx.pid; events {} http { server { listen 80; root /srv/site; } }' > /etc/nginx/nginx.conf",
];

/** One static program and nothing beside it: no shell, no client, no user. */
const api = [
  'RUN busybox mkdir /www && echo \'{"from":"nowhere"}\' > /www/index.html',
  "FROM scratch",
  "COPY --from=0 /bin/busybox /httpd",
  "COPY --from=0 /www/ /www/api/",
  'ENTRYPOINT ["/httpd"]',
];

describe("images of somebody's own", () => {
  let berth: Berth;
  let common: string[];
  beforeAll(async () => {
    await prepareImages([probeImage, "nginx:1.30"]);
    berth = await Berth.open("loc8");
    const frontend = await release("nginx:1.30", "site", site);
    const backend = await release(probeImage, "static", api);
    common = settings({
      optional: { postgres: false, redis: false },
      replicas: { backend: 1 },
      images: { frontend, backend },
      "override.backend": {
        ...{ command: ["-f", "-p", "8000", "-h", "/www"], health: "http", healthSeconds: 10, metrics: "" },
        ...{ tmpfs: { "/cache": 8 }, extraHosts: { machine: "host-gateway", ldap: "10.0.0.5" } },
        ...{ shm: 32, stopSignal: "SIGINT", user: "54321:0" },
      },
      "override.frontend.user": "101:101",
      "override.frontend.port": 80,
      "override.frontend.health": "/",
    });
  });
  afterAll(async () => {
    await berth.close();
    await removeReleases();
  });

  let mended: string[] = [];

  it("fail with the setting that mends it", async () => {
    const { code, output } = await berth.up(...common).ended;
    assert.equal(code, 1, output);
    const [, setting = "", value = ""] =
      /what mends it: (override\.frontend\.writable): (.+)$/m.exec(output) ?? [];
    assert.match(value, /^\["\/var\/(?:lib|cache)\/nginx"\]$/, output);
    mended = [...common, `${setting}=${value}`];
  });

  it("come up with that setting alone, on port 80 and from an image without any tool", async () => {
    const { code, output } = await berth.up(...mended).ended;
    assert.equal(code, 0, output);
    assert.equal(await text("/"), "a page of a stranger\n");
    assert.equal(await text("/api/"), '{"from":"nowhere"}\n');
  });

  it("are contained as settings say, and no looser", async () => {
    const { HostConfig, State, ...rest } = await inspected("backend");
    const Config: (typeof rest)["Config"] & { StopSignal?: string } = rest.Config;
    const { ShmSize, ReadonlyRootfs } = HostConfig;
    const { Tmpfs, ExtraHosts = [], CapDrop } = HostConfig as Contained;
    assert.deepEqual(Tmpfs, {
      "/cache": "rw,exec,nosuid,nodev,size=8m,mode=1777,uid=54321,gid=0",
      "/tmp": "rw,noexec,nosuid,nodev,size=64m,mode=1777",
    });
    assert.deepEqual(ExtraHosts.toSorted(), ["ldap:10.0.0.5", "machine:host-gateway"]);
    assert.deepEqual([ShmSize, ReadonlyRootfs, CapDrop], [32 * 2 ** 20, true, ["ALL"]]);
    assert.deepEqual(
      [Config.User, Config.StopSignal, State.Health?.Status],
      ["54321:0", "SIGINT", "healthy"],
    );
  });

  it("have nothing to do the second time", async () => {
    const { code, output } = await berth.start("up", "--full", ...berth.settings(...mended)).ended;
    assert.equal(code, 0, output);
    assert.match(output, /^LOC8 is up, nothing to do, /m);
  });

  it("need no health, a writable root and powers, where settings say so, and the plan says what that loosens", async () => {
    const loose = settings({
      "override.frontend.health": "none",
      "override.frontend.readOnlyRoot": false,
      "override.frontend.capabilities": ["NET_RAW"],
    });
    const { code, output } = await berth.up(...mended, ...loose).ended;
    assert.equal(code, 0, output);
    assert.match(
      output,
      /override\.frontend: loosened: it may change its image's files; it keeps NET_RAW; nothing asks/,
    );
    const { HostConfig, Config } = await inspected("frontend");
    assert.deepEqual(
      [HostConfig.ReadonlyRootfs, HostConfig.CapAdd, Config.Healthcheck?.Test],
      [false, ["CAP_NET_RAW"], ["NONE"]],
    );
    const again = await berth.start("up", "--full", ...berth.settings(...mended, ...loose)).ended;
    assert.match(again.output, /^LOC8 is up, nothing to do, /m);
  });

  async function inspected(service: string) {
    const { containers } = await berth.dockerObjects();
    const found = containers.find(
      ({ Labels }) => Labels["berth.service"] === service && Labels["berth.role"] === "service",
    );
    assert.ok(found, `${service} must have a container`);
    return docker.getContainer(found.Id).inspect();
  }

  async function text(path: string): Promise<string> {
    const response = await fetch(`${berth.url}${path}`);
    assert.equal(response.status, 200, path);
    return response.text();
  }
});

/** What the library's types leave open. */
interface Contained {
  Tmpfs?: unknown;
  ExtraHosts?: string[];
  CapDrop?: string[];
}

function settings(wanted: Record<string, unknown>): string[] {
  return Object.entries(wanted).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
}
