import { describe, expect, it } from "vitest";
import { parseSettings, SettingsError } from "../../../settings.ts";

function parsed(override: Record<string, unknown>, service = "backend", system = "loc8") {
  return parseSettings({ system, override: { [service]: override } }).services[service];
}

function problemsIn(override: Record<string, unknown>): readonly string[] {
  try {
    parsed(override);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
  }
  return [];
}

const capabilities =
  "must be one of CHOWN, DAC_OVERRIDE, FOWNER, FSETID, SETGID, SETUID, KILL, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, SYS_NICE, IPC_LOCK";
const folder =
  'must be an absolute path such as "/var/cache/nginx", not "/" nor in /proc, /sys, /dev, /etc/berth, /run/berth-probe';

const wrong: [what: string, override: Record<string, unknown>, problem: string][] = [
  ["one path that is no list", { writable: "/data" }, 'writable: must be a list of paths, got "/data"'],
  ["the root as a writable folder", { writable: ["/"] }, `writable.0: ${folder}, got "/"`],
  ["a relative path", { writable: ["data"] }, `writable.0: ${folder}, got "data"`],
  ["a way out of a path", { writable: ["/data/../etc"] }, `writable.0: ${folder}, got "/data/../etc"`],
  ["Berth's own files", { writable: ["/etc/berth/x"] }, `writable.0: ${folder}, got "/etc/berth/x"`],
  ["the kernel's files", { tmpfs: { "/proc": 1 } }, `tmpfs./proc: ${folder}`],
  ["mount options", { writable: ["/data:exec"] }, `writable.0: ${folder}, got "/data:exec"`],
  ["a word for a flag", { readOnlyRoot: "no" }, 'readOnlyRoot: must be true or false, got "no"'],
  [
    "a line for a list",
    { entrypoint: "run.sh" },
    'entrypoint: must be a list of words, one or more, got "run.sh"',
  ],
  ["no word at all", { command: [] }, "command: must be a list of words, one or more, got []"],
  [
    "a question for health without a word",
    { healthCommand: [] },
    "healthCommand: must be a list of words, one or more, got []",
  ],
  ["a list of sizes", { tmpfs: 64 }, 'tmpfs: must be a map such as { "/tmp": 256 }, got 64'],
  [
    "a size with a unit",
    { tmpfs: { "/tmp": "1g" } },
    'tmpfs./tmp: must be a whole number from 1 to 65536, got "1g"',
  ],
  ["root's group as a user", { user: "0:0" }, 'user: must be "uid:gid" and not root, got "0:0"'],
  [
    "a capability over the machine",
    { capabilities: ["SYS_ADMIN"] },
    `capabilities.0: ${capabilities}, got "SYS_ADMIN"`,
  ],
  [
    "a capability with its prefix",
    { capabilities: ["CAP_CHOWN"] },
    `capabilities.0: ${capabilities}, got "CAP_CHOWN"`,
  ],
  ["all capabilities", { capabilities: "ALL" }, 'capabilities: must be a list of capabilities, got "ALL"'],
  [
    "a name that is no host's",
    { extraHosts: { "a b": "10.0.0.5" } },
    'extraHosts.a b: must be a host name such as "ldap.example.org"',
  ],
  [
    "a name for an address",
    { extraHosts: { ldap: "ldap.example.org" } },
    'extraHosts.ldap: must be an address such as "10.0.0.5", or "host-gateway" for the machine itself, got "ldap.example.org"',
  ],
  ["no shared memory", { shm: 0 }, "shm: must be a whole number from 1 to 65536, got 0"],
  ["a signal's number", { stopSignal: "9" }, 'stopSignal: must be a signal such as "SIGQUIT", got "9"'],
  [
    "the signal that nothing catches",
    { stopSignal: "SIGKILL" },
    'stopSignal: must be a signal such as "SIGQUIT", got "SIGKILL"',
  ],
  [
    "a health of no kind",
    { health: "udp" },
    'health: must be none, tcp, http, command, or a path such as "/health", got "udp"',
  ],
  ["no time for health", { healthSeconds: 0 }, "healthSeconds: must be a whole number from 1 to 300, got 0"],
  [
    "a command that isn't said",
    { health: "command" },
    'health: must come with healthCommand, the command that is asked, got "command"',
  ],
  [
    "two ways to ask",
    { health: "tcp", healthCommand: ["true"] },
    'health: must be left out or command beside healthCommand, got "tcp"',
  ],
  [
    "a path beside a command",
    { health: "/up", healthCommand: ["true"] },
    'health: must be left out or command beside healthCommand, got "/up"',
  ],
];

describe("what somebody's own image needs", () => {
  for (const [what, override, problem] of wrong) {
    it(`isn't ${what}`, () => {
      const [, key = "", rest = ""] = /^(.+?)(: must.*)$/.exec(problem) ?? [];
      expect(problemsIn(override)).toEqual([`override.backend.${key}${rest}`]);
    });
  }

  it("can't be asked on a port that it hasn't", () => {
    expect(() => parsed({ health: "tcp" }, "face-recognition", "attn")).toThrow(
      'override.face-recognition.health: must be none or command where the service has no port; set port beside it, got "tcp"',
    );
    expect(parsed({ health: "tcp", port: 9000 }, "face-recognition", "attn")).toMatchObject({
      healthKind: "tcp",
      port: 9000,
    });
  });

  it("isn't said of a database, which has what it needs", () => {
    expect(() => parsed({ writable: ["/data"], shm: 64 }, "postgres")).toThrow(
      'override.postgres.writable: must be left out: it is for applications, and this service has what it needs, got ["/data"]\n' +
        "override.postgres.shm: must be left out: it is for applications, and this service has what it needs, got 64",
    );
    const wanted = { port: 5433, health: "/live", command: ["postgres"], root: true, process: "system" };
    const refused = (service: string) => {
      try {
        return JSON.stringify(parsed(wanted, service));
      } catch (error) {
        return [...String(error).matchAll(/override\.[\w-]+\.(\w+): must be left out/g)].map(
          ([, key]) => key,
        );
      }
    };
    for (const service of ["postgres", "redis", "nginx"]) {
      expect(refused(service)).toEqual(["port", "health", "command", "root", "process"]);
    }
    expect(parsed({ user: "70:70", graceSeconds: 90 }, "postgres")).toMatchObject({ user: "70:70" });
  });

  it("may be all there is", () => {
    const containment = {
      writable: ["/var/lib/nginx"],
      readOnlyRoot: false,
      entrypoint: ["/run.sh"],
      tmpfs: { "/tmp": 256 },
      capabilities: ["NET_RAW"],
      extraHosts: { ldap: "10.0.0.5", machine: "host-gateway", six: "fd00::5" },
      shm: 128,
      stopSignal: "SIGQUIT",
    };
    const override = { ...containment, user: "1001:0", health: "/live", healthSeconds: 20 };
    expect(parsed(override)).toMatchObject({ ...override, healthKind: "path" });
  });

  it("leaves the system's way to ask where nothing is said", () => {
    expect(parsed({})).toMatchObject({ health: "/docs", healthKind: undefined });
    expect(parsed({ health: "http" })).toMatchObject({ health: "/docs", healthKind: "http" });
    expect(parsed({ healthCommand: ["true"], health: "command" })).toMatchObject({
      healthKind: undefined,
      healthCommand: ["true"],
    });
  });
});
