import { deniedFolder, writableFolder } from "./remedyFolder.ts";

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
  {
    pattern: new RegExp(`EROFS[^/]*mkdir ${path}`),
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

const refused = /read-only file system|permission denied|EROFS|EACCES|no space left/i;
const relative =
  /(["'‘]|\b(?:cannot (?:create|touch)|open|mkdir) )(?:\.\/)?(?=[\w.+~-]*[\w/])([\w+~-][\w.+~/-]*)(?=["'’:]|$)/g;

function keyed(setting: string, service: string): string {
  return setting.startsWith("images:")
    ? `images.${service}${setting.slice("images".length)}`
    : `override.${service}.${setting}`;
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
  if (refused && other !== undefined) return `port: ${other}`;
  if (/\b4\d\d\b/.test(check)) return "health: http";
  if (/no answer|timed out|exceeded timeout/i.test(check)) return "healthSeconds: 30";
  return "startSeconds: 180";
}

const listening =
  /(?:listening|running|serving|started|bound|http server|listen)\b.*?(?::|\bport:? )(\d{2,5})\b/i;
