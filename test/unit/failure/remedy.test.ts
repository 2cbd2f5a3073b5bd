import { describe, expect, it } from "vitest";
import { remedyFor } from "../../../components/containers/remedy.ts";
import { handedAsFiles } from "../../../components/containers/remedyVariable.ts";

/** What small images wrote under a read-only root, as another user and without capabilities, and what mends it. */
const logs: [what: string, lines: string[], setting: string][] = [
  [
    "nginx",
    [
      '2026/11/26 13:19:16 [warn] 8#8: the "user" directive makes sense only if the master process runs with super-user privileges, ignored in /etc/nginx/nginx.conf:1',
      '2026/11/26 13:19:16 [emerg] 8#8: mkdir() "/var/lib/nginx/body" failed (30: Read-only file system)',
    ],
    'writable: ["/var/lib/nginx"]',
  ],
  [
    "nginx's pid",
    ['nginx: [emerg] open() "/run/nginx.pid" failed (30: Read-only file system)'],
    'writable: ["/run"]',
  ],
  [
    "nginx without rights to its cache",
    [
      '2026/11/26 13:19:18 [emerg] 7#7: mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)',
    ],
    'writable: ["/var/cache/nginx"]',
  ],
  [
    "nginx begun as root",
    [
      '2026/11/26 13:20:30 [emerg] 1#1: chown("/var/lib/nginx/body", 101) failed (1: Operation not permitted)',
    ],
    "root: true, or an image that doesn't begin as root",
  ],
  [
    "Python beside its code",
    ["OSError: [Errno 30] Read-only file system: '/srv/app.log'"],
    "readOnlyRoot: false",
  ],
  [
    "Python's log",
    ["OSError: [Errno 30] Read-only file system: '/app/logs/app.log'"],
    'writable: ["/app/logs"]',
  ],
  [
    "Python without a name",
    ["KeyError: 'getpwuid(): uid not found: 4321'"],
    'user: "<uid:gid that the image has>"',
  ],
  [
    "Python's secret",
    ["PermissionError: [Errno 13] Permission denied: '/etc/shadow'"],
    'user: "<uid:gid that the image has>"',
  ],
  [
    "Python's data",
    ["PermissionError: [Errno 13] Permission denied: '/app/data/x.db'"],
    'writable: ["/app/data"]',
  ],
  [
    "Node.js's folder with those above it",
    ["Error: ENOENT: no such file or directory, mkdir '/app/.next/cache/images'"],
    'writable: ["/app/.next/cache/images"]',
  ],
  [
    "Node.js",
    ["Error: EROFS: read-only file system, open '/app/uploads/x.png'"],
    'writable: ["/app/uploads"]',
  ],
  [
    "Node.js's folder",
    ["Error: EROFS: read-only file system, mkdir '/usr/src/app/uploads'"],
    'writable: ["/usr/src/app/uploads"]',
  ],
  [
    "Node.js's port",
    ["Error: listen EACCES: permission denied 0.0.0.0:80"],
    "port: one from 1024, got 80, and have it listen there",
  ],
  [
    "Node.js's key",
    ["Error: EACCES: permission denied, open '/etc/shadow'"],
    'user: "<uid:gid that the image has>"',
  ],
  ["Go", ["2026/11/26 13:20:09 mkdir /data: read-only file system"], 'writable: ["/data"]'],
  [
    "Go's file",
    ["panic: open /var/lib/api/x.db: read-only file system", "", "goroutine 1 [running]:"],
    'writable: ["/var/lib/api"]',
  ],
  [
    "Go's port",
    ["2026/11/26 13:20:11 listen tcp :80: bind: permission denied"],
    "port: one from 1024, got 80, and have it listen there",
  ],
  [
    "Java",
    [
      'Exception in thread "main" java.io.FileNotFoundException: /var/log/app.log (Read-only file system)',
      "\tat java.base/java.io.FileOutputStream.open0(Native Method)",
    ],
    'writable: ["/var/log"]',
  ],
  [
    "Java's other way",
    ["java.nio.file.FileSystemException: /opt/app/logs/x.log: Read-only file system"],
    'writable: ["/opt/app/logs"]',
  ],
  ["a shell", ["sh: 1: cannot create /data/x.txt: Read-only file system"], 'writable: ["/data"]'],
  ["bash", ["bash: line 1: /srv/data.txt: Read-only file system"], "readOnlyRoot: false"],
  ["mkdir", ["mkdir: cannot create directory ‘/data’: Read-only file system"], 'writable: ["/data"]'],
  ["touch", ["touch: cannot touch '/var/run/app.pid': Read-only file system"], 'writable: ["/var/run"]'],
  ["Redis", ["Can't open the log file: Read-only file system"], "readOnlyRoot: false"],
  [
    "chown",
    ["chown: changing ownership of '/data': Operation not permitted"],
    "root: true, or an image that doesn't begin as root",
  ],
  [
    "setpriv",
    ["setpriv: setresuid failed: Operation not permitted"],
    "root: true, or an image that doesn't begin as root",
  ],
  [
    "gosu",
    ['error: failed switching to "redis": operation not permitted'],
    "root: true, or an image that doesn't begin as root",
  ],
  [
    "PostgreSQL",
    ["initdb: could not look up effective user ID 1000: user does not exist"],
    'user: "<uid:gid that the image has>"',
  ],
  [
    "no such command",
    ["[FATAL tini (8)] exec gunicorn failed: No such file or directory"],
    'command: one that the image has, got "gunicorn"',
  ],
  [
    "no program",
    ["[FATAL tini (7)] exec /etc/hostname failed: Permission denied"],
    'command: a program that may be run, got "/etc/hostname"',
  ],
  ["a full /tmp", ["dd: error writing '/tmp/x': No space left on device"], 'tmpfs: { "/tmp": 256 }'],
  ["a full folder", ["OSError: [Errno 28] No space left on device"], 'tmpfs: { "/tmp": 256 }'],
  [
    "what may not run from a folder of a library's",
    ["PermissionError: [Errno 13] Permission denied: '/tmp/tmp7tc6d3cw/native'"],
    'writable: ["/tmp"]',
  ],
  [
    "a library that may not be loaded",
    [
      "java.lang.UnsatisfiedLinkError: /tmp/jna-1/jna2.tmp: /tmp/jna-1/jna2.tmp: failed to map segment from shared object",
    ],
    'writable: ["/tmp"]',
  ],
  ["what may not run", ["sh: 1: /tmp/t: Permission denied"], 'writable: ["/tmp"]'],
  ["PyTorch", ["RuntimeError: DataLoader worker (pid 77) is killed by signal: Bus error."], "shm: 256"],
];

describe("the setting that mends a failure", () => {
  for (const [what, log, setting] of logs) {
    it(`is told of ${what}`, () => {
      expect(remedyFor({ service: "web", log, exitCode: 1 })).toBe(`override.web.${setting}`);
    });
  }

  it("is where a relative folder is that Node.js couldn't make", () => {
    const log = ["Error: ENOENT: no such file or directory, mkdir './uploads'"];
    expect(remedyFor({ service: "web", log, exitCode: 1, workFolder: "/usr/src/app" })).toBe(
      'override.web.writable: ["/usr/src/app/uploads"]',
    );
  });

  it("isn't a writable folder where a file of the image is missing", () => {
    const log = ["Error: ENOENT: no such file or directory, open '/app/config.json'"];
    expect(remedyFor({ service: "web", log, exitCode: 1 })).toBeUndefined();
  });

  for (const line of [
    "pq: SSL is not enabled on the server",
    "Error: The server does not support SSL connections",
    "failed to connect to `host=postgres`: server refused TLS connection",
  ]) {
    it(`is libpq's variable where the driver says ${line}`, () => {
      expect(remedyFor({ service: "web", log: [line], exitCode: 1 })).toBe(
        "environment.web.PGSSLMODE: disable",
      );
    });
  }

  it("is the address to listen on for what listens on the container's name, where its image asks localhost", () => {
    const log = ["- Local:        http://37ff33900fa1:3000", "✓ Ready"];
    const check = "curl: (7) Failed to connect to localhost port 3000";
    expect(remedyFor({ service: "web", log, check, port: 3000, exposed: [3000] })).toBe(
      "environment.web.HOSTNAME: 0.0.0.0",
    );
  });

  it("is the image for another processor's", () => {
    const log = ["[FATAL tini (7)] exec /server failed: Exec format error"];
    expect(remedyFor({ service: "web", log })).toBe(
      "images.web: an image that is built for the machine's processor",
    );
  });

  it("is more memory where that ran out", () => {
    expect(remedyFor({ service: "web", log: [], exitCode: 137, overMemory: 128 })).toBe(
      "limits.web.memory: 256",
    );
  });

  const port = 8000;
  const unwell: [check: string, log: string[], exposed: number[], setting: string][] = [
    ["nc: can't connect to remote host (127.0.0.1): Connection refused", [], [80], "port: 80"],
    ["Connection refused", ["Server listening on http://0.0.0.0:3000"], [], "port: 3000"],
    ["Connection refused", ["Listening at: http://0.0.0.0:8000 (1)"], [8000], "startSeconds: 180"],
    [
      "nc: can't connect to remote host (172.17.0.2): Connection refused",
      ["INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)"],
      [8000],
      "command: what it runs, listening on 0.0.0.0, got 127.0.0.1:8000",
    ],
    ["GET /docs on port 8000: 404", [], [], "health: http"],
    ["GET /docs on port 8000: no answer", [], [], "healthSeconds: 30"],
    ["Health check exceeded timeout (5s)", [], [], "healthSeconds: 30"],
    ["GET /docs on port 8000: 500", [], [], "startSeconds: 180"],
  ];
  for (const [check, log, exposed, setting] of unwell) {
    it(`is ${setting} where the check said ${check}`, () => {
      expect(remedyFor({ service: "web", log, check, port, exposed })).toBe(`override.web.${setting}`);
    });
  }

  it("isn't what an image says that does without", () => {
    const log = [
      "10-listen.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)",
    ];
    expect(remedyFor({ service: "web", log, exitCode: 1 })).toBeUndefined();
  });

  it("isn't guessed of a failure of the program's own", () => {
    expect(remedyFor({ service: "web", log: ["ValueError: no wind"], exitCode: 1 })).toBeUndefined();
  });
});

describe("a variable that isn't there", () => {
  const asFiles = ["DATABASE_URL", "SECRET_KEY"];
  const complaints: string[][] = [
    ["2026/11/26 20:54:42 DATABASE_URL is required"],
    ["KeyError: 'DATABASE_URL'"],
    ["DATABASE_URL must be set: NotPresent"],
    ["error: Environment variable not found: DATABASE_URL."],
    ["decouple.UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value."],
    ["django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable"],
    ["/entrypoint.sh: line 3: DATABASE_URL: unbound variable"],
    ["/entrypoint.sh: 3: DATABASE_URL: parameter not set"],
    ["Could not resolve placeholder 'DATABASE_URL' in value \"${DATABASE_URL}\""],
    ["database_url", "  Field required [type=missing, input_value={}, input_type=dict]"],
  ];
  for (const log of complaints) {
    it(`is handed over where the log says ${log.join(" / ")}`, () => {
      expect(remedyFor({ service: "web", log, exitCode: 1, asFiles })).toBe(
        "override.web.secretsInEnvironment: true",
      );
    });
  }

  const others: string[][] = [
    ["KeyError: 'STRIPE_KEY'"],
    ["could not connect by DATABASE_URL: connection refused"],
    ["DATABASE_URL_FILE must be set"],
    ["MY_DATABASE_URL is required"],
  ];
  for (const log of others) {
    it(`isn't guessed where the log says ${log.join(" / ")}`, () => {
      expect(remedyFor({ service: "web", log, exitCode: 1, asFiles })).toBeUndefined();
    });
  }

  it("is one of those that are in files alone", () => {
    const variables = ["PATH=/bin", "A_FILE=/etc/berth/a", "B_FILE=/etc/berth/b", "B=x\nC_FILE=y"];
    expect(handedAsFiles(variables)).toEqual(["A"]);
  });
});
