import { describe, expect, it } from "vitest";
import { healthcheckArgs, httpHealth } from "../../../components/containers/health.ts";
import { containment, lasting, loosened, looseNotes } from "../../../services/application/containment.ts";
import { askedPort } from "../../../components/containers/probeHealth.ts";
import { healthOf, needsProbe } from "../../../services/application/serviceHealth.ts";
import { serviceSettings, type WantedService } from "../../../services/application/serviceSettings.ts";

const scratch = "rw,noexec,nosuid,nodev,size=64m,mode=1777";
const user = "1000:1000";
const preset = httpHealth(8000, "/health");

function service(wanted: Partial<WantedService>) {
  return serviceSettings("api", {
    image: "any:1",
    user: "1000:1000",
    limits: { cpus: 1, memory: 64 },
    port: 8000,
    ...wanted,
  });
}

describe("how an image is contained", () => {
  it("changes nothing where nothing is said", () => {
    expect(containment({ user }, [])).toEqual({});
    expect(lasting({})).toEqual({});
    expect(loosened({})).toEqual([]);
  });

  it("gives a writable folder 64 MiB or what is said, and may run what lies there", () => {
    const tmpfs = { "/cache": 100, "/tmp": 256, "/scratch": 1 };
    expect(containment({ user, writable: ["/cache", "/logs"], tmpfs }, [])).toEqual({
      tmpfs: {
        "/tmp": "rw,noexec,nosuid,nodev,size=256m,mode=1777,uid=1000,gid=1000",
        "/cache": "rw,exec,nosuid,nodev,size=100m,mode=1777,uid=1000,gid=1000",
        "/logs": "rw,exec,nosuid,nodev,size=64m,mode=1777,uid=1000,gid=1000",
        "/scratch": "rw,exec,nosuid,nodev,size=1m,mode=1777,uid=1000,gid=1000",
      },
    });
  });

  it("runs what lies in /tmp where that is named writable", () => {
    expect(containment({ user, writable: ["/tmp"] }, [])).toEqual({
      tmpfs: { "/tmp": "rw,exec,nosuid,nodev,size=64m,mode=1777,uid=1000,gid=1000" },
    });
  });

  it("leaves a folder to the volume that is mounted there", () => {
    expect(containment({ user, writable: ["/data", "/cache"] }, ["/data"])).toEqual({
      tmpfs: { "/tmp": scratch, "/cache": "rw,exec,nosuid,nodev,size=64m,mode=1777,uid=1000,gid=1000" },
    });
  });

  it("names capabilities as Docker does, and says what is loosened", () => {
    expect(containment({ user, readOnlyRoot: false, capabilities: ["CHOWN"] }, [])).toEqual({
      readOnlyRoot: false,
      capabilities: ["CAP_CHOWN"],
    });
    expect(loosened({ readOnlyRoot: false, capabilities: ["CHOWN"], healthKind: "none" })).toEqual([
      "readOnlyRoot",
      "capabilities",
      "health",
    ]);
  });
});

describe("a plan", () => {
  it("says in one line a service what is loosened", () => {
    const loose = { readOnlyRoot: false, capabilities: ["CHOWN", "SETUID"], healthKind: "none" } as const;
    const web = { ...loose, capabilities: [...loose.capabilities] };
    expect(looseNotes({ web, api: { writable: ["/data"] }, other: {} })).toEqual([
      "override.web: loosened: it may change its image's files; it keeps CHOWN, SETUID; nothing asks whether it is healthy, so a release waits for nothing",
    ]);
  });
});

describe("how a service is asked for its health", () => {
  it("is the system's way where nobody says another", () => {
    expect(healthOf(service({}), preset).test).toEqual(preset.test);
    expect(needsProbe(service({}))).toBe(false);
  });

  it("waits as long for an answer as settings say", () => {
    const timeout = (healthSeconds?: number) =>
      [true, false].map(
        (startInterval) =>
          healthcheckArgs(healthOf(service({ healthSeconds }), preset), startInterval).timeout,
      );
    expect(timeout(90)).toEqual(["1m30s", "1m38s"]);
    expect(timeout()).toEqual(["5s", "13s"]);
  });

  it("asks by the probe, at the container's own address, for a path, http and tcp", () => {
    const probe = "/run/berth-probe/busybox";
    const connect = (timeout: number) => [
      "CMD",
      ...[probe, "sh", "-c", `exec ${probe} nc -w ${timeout} "$(${probe} hostname)" 8000 -e "$@"`, "probe"],
    ];
    expect(healthOf(service({ healthKind: "tcp" }), preset).test).toEqual([...connect(4), probe, "true"]);
    const path = healthOf(service({ healthKind: "path", health: "/live" }), preset).test;
    expect(path.slice(0, -1)).toEqual([...connect(4), probe, "sh", "-c"]);
    expect(path.at(-1)).toContain('printf "GET /live HTTP/1.1');
    expect(path.at(-1)).toContain("-le 399 ]");
    const http = healthOf(service({ healthKind: "http", healthSeconds: 20 }), preset).test;
    expect(http.slice(0, -4)).toEqual(connect(19));
    expect(http.at(-1)).toContain("-le 499 ]");
    expect([path, http].map(askedPort)).toEqual([8000, 8000]);
  });

  it("of an owner's image takes any answer of a server, and asks none without a port", () => {
    expect(healthOf(service({ own: true }), preset).test.at(-1)).toContain("-le 499 ]");
    expect(healthOf(service({ own: true, port: 0 }), preset).test).toEqual(["NONE"]);
    expect(healthOf(service({ own: true, healthCommand: ["ok"] }), preset).test).toEqual(["CMD", "ok"]);
    expect([needsProbe(service({ own: true })), needsProbe(service({ own: true, port: 0 }))]).toEqual([
      true,
      false,
    ]);
  });

  it("is switched off where settings say none, with every time, or Docker would take the image's", () => {
    const none = (startInterval: boolean) =>
      healthcheckArgs(healthOf(service({ healthKind: "none" }), preset), startInterval);
    const times = { timeout: "5s", startPeriod: "1m0s", retries: 3 };
    expect(none(true)).toEqual({ tests: ["NONE"], interval: "10s", startInterval: "700ms", ...times });
    expect(none(false)).toEqual({ tests: ["NONE"], interval: "3.8s", ...times });
  });
});
