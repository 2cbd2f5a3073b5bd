import { deniedFolder, writableFolder } from "./remedyFolder.ts";
import { missedVariable } from "./remedyVariable.ts";

/** What is known of a container that died or never became healthy. */
export interface Ending {
  service: string;
  /** The last lines it wrote. */
  log: readonly string[];
  exitCode?: number;
  /** It was killed for taking more than its limit, in MiB. */
  overMemory?: number;
  /** What its last health check said, where it ran on and wasn't well in time. */
  check?: string;
  /** TCP port on which it is asked, and those that its image says it listens on. */
  port?: number;
  exposed?: readonly number[];
  /** Where its processes begin, to which relative paths belong. @default / */
  workFolder?: string;
  /** Variables whose values it finds in files alone. */
  asFiles?: readonly string[];
}

/** One kind of failure: how it is told, and the key of `override` that mends it. */
interface Symptom {
  pattern: RegExp;
  setting: (found: RegExpExecArray) => string;
}

/** The words of nginx, Python, Node.js, Go, Java, shells and coreutils, as each of them wrote it. */
const path = `["'‘(]?(/[\\w.@+~/-]+)`;
const anyRoot = "readOnlyRoot: false";
const owner = 'user: "<uid:gid that the image has>"';

const symptoms: Symptom[] = [
  {
    pattern: /shared memory|\/dev\/shm.*no space|bus error/i,
    setting: () => "shm: 256",
  },
  {
    pattern: new RegExp(`${path}["'’]?:? .*no space left on device`, "i"),
    setting: ([, file = "/tmp"]) => `tmpfs: { "${deniedFolder(file) ?? "/tmp"}": 256 }`,
  },
  { pattern: /no space left on device|ENOSPC/i, setting: () => 'tmpfs: { "/tmp": 256 }' },
  // How a library is refused that is loaded from a folder from which nothing may run: JNA's, Netty's, Python's.
  {
    pattern: new RegExp(`${path}: failed to map segment from shared object`, "i"),
    setting: ([, file = ""]) => writable(deniedFolder(file)),
  },
  {
    pattern: /exec format error/i,
    setting: () => "images: an image that is built for the machine's processor",
  },
  {
    pattern: /exec (\S+) failed: No such file|exec: "([^"]+)": (?:executable file not found|stat)/i,
    setting: ([, one, two]) => `command: one that the image has, got "${one ?? two}"`,
  },
  {
    pattern: /exec (\S+) failed: Permission denied/i,
    setting: ([, program]) => `command: a program that may be run, got "${program}"`,
  },
  // `mkdir` names the folder that isn't there, what opens a file names the file.
  {
    pattern: new RegExp(`(?:mkdir|create directory)[^/]{0,12}${path}.*(?:read-only|denied)`, "i"),
    setting: ([, folder = ""]) => writable(writableFolder(folder, "folder")),
  },
  // Node.js says ENOENT of a folder and those above it (`recursive`) where the file system is read-only (libuv, MKDirp).
  {
    pattern: new RegExp(`(?:EROFS|ENOENT)[^/]*mkdir ${path}`),
    setting: ([, folder = ""]) => writable(writableFolder(folder, "folder")),
  },
  {
    pattern: new RegExp(`${path}["'’)]?:? .{0,12}read-only file system(?!\\?)`, "i"),
    setting: ([, file = ""]) => writable(writableFolder(file, "file")),
  },
  {
    pattern: new RegExp(`read-only file system[^/]*${path}`, "i"),
    setting: ([, file = ""]) => writable(writableFolder(file, "file")),
  },
  { pattern: /read-only file system(?!\?)|EROFS/i, setting: () => anyRoot },
  // What insists on TLS unless it is told, as Go's lib/pq does; each of these drivers reads libpq's variable.
  {
    pattern: /SSL is not enabled on the server|server does not support SSL|server refused TLS/i,
    setting: () => "environment: PGSSLMODE: disable",
  },
  {
    pattern: /(?:bind|listen)[^\n]*?:(\d{2,5})\b.*(?:denied|EACCES)|listen EACCES.*?:(\d{2,5})/i,
    setting: ([, one, two]) => `port: one from 1024, got ${one ?? two}, and have it listen there`,
  },
  {
    pattern:
      /(?:chown|chgrp|set(?:res)?[ug]id|setgroups|changing ownership|failed switching to)\b.*not permitted/i,
    setting: () => "root: true, or an image that doesn't begin as root",
  },
  {
    pattern: /getpwuid|look up effective user ID|find name for user ID|no user exists for uid/i,
    setting: () => owner,
  },
  {
    pattern: new RegExp(
      `permission denied[^/\\n]*${path}|${path}["'’)]?:? .{0,12}permission denied|EACCES[^/]*${path}`,
      "i",
    ),
    setting: ([, ...files]) => {
      const folder = deniedFolder(files.find(Boolean) ?? "");
      return folder === undefined ? owner : writable(folder);
    },
  },
];

/** The setting that mends a failure, with its value: a line, nothing where the failure is of no known kind. */
export function remedyFor(ending: Ending): string | undefined {
  const { service, overMemory, check } = ending;
  if (overMemory !== undefined) return `limits.${service}.memory: ${overMemory * 2}`;
  const log = ending.log.map((line) => absolute(line, ending.workFolder));
  for (const { pattern, setting } of symptoms) {
    const match = lastMatch(pattern, log);
    if (match !== undefined) return keyed(setting(match), service);
  }
  const missed = missedVariable(log, ending.asFiles ?? []);
  if (missed !== undefined) return keyed("secretsInEnvironment: true", service);
  if (ending.exitCode === 127) return keyed("command: one that the image has", service);
  if (check !== undefined) return keyed(unhealthy(check, ending), service);
  return undefined;
}

/** A line with the relative path that was refused written in full: quoted, or behind the word for what was tried. */
function absolute(line: string, workFolder = "/"): string {
  if (!refused.test(line)) return line;
  const folder = workFolder.replace(/\/$/, "");
  return line.replace(relative, (_, before: string, file: string) => `${before}${folder}/${file}`);
}

const refused = /read-only file system|permission denied|EROFS|EACCES|ENOENT\b.*\bmkdir|no space left/i;
const relative =
  /(["'‘]|\b(?:cannot (?:create|touch)|open|mkdir) )(?:\.\/)?(?=[\w.+~-]*[\w/])([\w+~-][\w.+~/-]*)(?=["'’:]|$)/g;

/** A setting of `override`, unless it begins with another map of settings by service. */
function keyed(setting: string, service: string): string {
  if (setting.startsWith("images:")) return `images.${service}${setting.slice("images".length)}`;
  const [, variable] = /^environment: (.+)/.exec(setting) ?? [];
  return variable === undefined ? `override.${service}.${setting}` : `environment.${service}.${variable}`;
}

function writable(folder: string | undefined): string {
  return folder === undefined ? anyRoot : `writable: ["${folder}"]`;
}

function lastMatch(pattern: RegExp, log: readonly string[]): RegExpExecArray | undefined {
  for (const line of log.toReversed()) {
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return undefined;
}

/** It runs, and isn't well: it listens elsewhere, answers otherwise, or takes its time. */
function unhealthy(check: string, { log, port, exposed = [] }: Ending): string {
  const heard = lastMatch(listening, log)?.[1];
  const others = [...(heard === undefined ? [] : [Number(heard)]), ...exposed].filter((one) => one !== port);
  const [other] = others;
  const refused = check === "" || /refused|connect/i.test(check);
  // An image's own check asks localhost.
  if (refused && lastMatch(ownName, log) !== undefined) return "environment: HOSTNAME: 0.0.0.0";
  if (refused && other !== undefined) return `port: ${other}`;
  if (refused && port !== undefined && Number(lastMatch(loopback, log)?.[1]) === port) {
    return `command: what it runs, listening on 0.0.0.0, got 127.0.0.1:${port}`;
  }
  if (/\b4\d\d\b/.test(check)) return "health: http";
  if (/no answer|timed out|exceeded timeout/i.test(check)) return "healthSeconds: 30";
  return "startSeconds: 180";
}

/** Next.js listens on the address of the name in HOSTNAME alone, which Docker sets to the container's. */
const ownName = /:\/\/[0-9a-f]{12}:\d+/;
/** What serves its own container alone: many programs do, unless they are told. */
const loopback = /(?:127\.0\.0\.1|localhost|\[::1\]):(\d{2,5})\b/;
const listening =
  /(?:listening|running|serving|started|bound|http server|listen)\b.*?(?::|\bport:? )(\d{2,5})\b/i;
