import { describe, expect, it } from "vitest";
import { remedyOf, type Remains } from "../../../cli/failure/remedy.ts";
import { failureLines } from "../../../cli/failure/text.ts";
import { checkResult } from "../../../components/containers/job.ts";

const log = [
  '2026/11/26 13:19:16 [emerg] 8#8: mkdir() "/var/lib/nginx/body" failed (30: Read-only file system)',
];

function remains(state: Partial<Remains["State"]>, config: Partial<Remains["Config"]> = {}): Remains {
  return {
    RestartCount: 0,
    State: { Status: "exited", ExitCode: 1, OOMKilled: false, ...state },
    HostConfig: { Memory: 128 * 2 ** 20 },
    Config: { Env: ["SERVICE_NAME=web"], ...config },
  };
}

describe("a failure names the setting that mends it", () => {
  it("of an application's container", () => {
    expect(remedyOf("web", remains({}), log)).toBe('override.web.writable: ["/var/lib/nginx"]');
    expect(remedyOf("web", remains({ OOMKilled: true }), [])).toBe("limits.web.memory: 256");
  });

  it("in the folder where its processes begin, for a relative path", () => {
    const cases: [line: string, folder: string][] = [
      ["mkdir: cannot create directory ‘logs’: Read-only file system", "/code/logs"],
      ["./run.sh: 4: cannot create logs/start.log: Read-only file system", "/code/logs"],
      ["OSError: [Errno 30] Read-only file system: 'logs'", "/code/logs"],
      ["PermissionError: [Errno 13] Permission denied: './logs/app.log'", "/code/logs"],
      ["Error: EROFS: read-only file system, open 'logs/app.log'", "/code/logs"],
      ["panic: open data/db.sqlite: read-only file system", "/code/data"],
      ["touch: cannot touch 'data/x': Read-only file system", "/code/data"],
    ];
    for (const [line, folder] of cases)
      expect(remedyOf("web", remains({}, { WorkingDir: "/code" }), [line]), line).toBe(
        `override.web.writable: ["${folder}"]`,
      );
  });

  it("but not of a database's, which override is not for", () => {
    expect(remedyOf("postgres", remains({}, { Env: [] }), log)).toBeUndefined();
  });

  it("where its image listens on another port than is asked", () => {
    const health = {
      Status: "starting",
      FailingStreak: 9,
      Log: [{ Start: "", End: "", ExitCode: 1, Output: "" }],
    };
    const running = remains(
      { Status: "running", Health: health },
      {
        ExposedPorts: { "80/tcp": {} },
        Healthcheck: { Test: ["CMD-SHELL", "curl http://127.0.0.1:3000/health"] },
      },
    );
    expect(remedyOf("web", running, [])).toBe("override.web.port: 80");
  });

  it("as the last line of the service's failure", () => {
    const failure = {
      service: "web",
      container: "web-1",
      reason: "ended",
      cause: [],
      log,
      servesStill: false,
    };
    expect(failureLines({ ...failure, remedy: "override.web.port: 80" }).at(-1)).toBe(
      "  what mends it: override.web.port: 80",
    );
    expect(failureLines(failure).at(-1)).toBe("  no other release of it serves");
  });

  it("and as the last line of an application's job, by plain Pulumi too", () => {
    const result = { name: "migrate", exitCode: 1, log: log.join("\n"), urn: "urn:1" };
    const last = (more: object) => {
      try {
        checkResult({ ...result, ...more });
      } catch (error) {
        return (error as Error).message.split("\n").at(-1);
      }
      return undefined;
    };
    expect(last({ service: "web" })).toBe('what mends it: override.web.writable: ["/var/lib/nginx"]');
    expect(last({})).toBe(log[0]);
  });
});
