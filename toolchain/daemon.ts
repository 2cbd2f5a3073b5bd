import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { logFolder } from "./cache.ts";

/** A Docker Engine that was told to start. */
export interface Daemon {
  /** Where its log is, as a person would look. */
  log: string;
  /** What it said last, once it has ended; undefined while it runs. */
  lastWords(): Promise<string | undefined>;
}

/** Starts the engine as a service where systemd is in charge, otherwise as a process that outlives this one. */
export async function startDaemon(systemd: boolean): Promise<Daemon> {
  return systemd ? await service() : ownProcess();
}

async function service(): Promise<Daemon> {
  const run = await execa("systemctl", ["enable", "--now", "docker"], { reject: false });
  return {
    log: "journalctl -u docker",
    lastWords: async () => {
      if (!run.failed) return undefined;
      const journal = await execa("journalctl", ["-u", "docker", "-o", "cat", "-n", "100"], {
        reject: false,
      });
      return lastWords(journal.stdout);
    },
  };
}

function ownProcess(): Daemon {
  mkdirSync(logFolder, { recursive: true });
  const log = join(logFolder, "dockerd.log");
  const output = openSync(log, "w");
  const daemon = spawn("dockerd", [], {
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  let ended: string | undefined;
  daemon.on("error", (error) => (ended = error.message));
  daemon.on("exit", () => (ended = lastWords(readFileSync(log, "utf8"))));
  daemon.unref();
  return { log, lastWords: () => Promise.resolve(ended) };
}

/** Why dockerd ended, from its log: the last line that says so, for systemd's own lines may follow it. */
export function lastWords(log: string): string {
  const lines = log.trimEnd().split("\n");
  const line = lines.findLast((one) => /level=fatal|^failed to start/.test(one)) ?? lines.at(-1) ?? "";
  return /\bmsg="(.*?[^\\])"/.exec(line)?.[1] ?? line;
}
