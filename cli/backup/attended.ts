import { randomBytes } from "node:crypto";
import type { EventEmitter } from "node:events";
import type Docker from "dockerode";
import { exec } from "../docker/exec.ts";
import { streamed } from "../docker/stream.ts";
import { interruptedCode } from "../interrupt.ts";
import { backupCommand } from "./command.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Attended {
  docker: Docker;
  /** Id of the container that makes backups. */
  container: string;
  say: (line: string) => void;
  /** Where signals come from. @default this process */
  process?: Pick<EventEmitter, "once" | "off">;
}

/**
 * Runs a word of the script in its container, and hands on what it says. Docker lets a command go on whose caller has
 * gone: ^C ends it there first, a second one leaves at once. Returns its exit code, or that of ^C.
 */
export async function attended(
  word: "run" | "drill",
  { docker, container, say, process: source = process }: Attended,
): Promise<number> {
  const token = randomBytes(8).toString("hex");
  const state = { interrupted: false, done: false };
  const leave = () => {
    state.interrupted = true;
    for (const signal of signals) source.off(signal, leave);
    say("ending it; nothing of it is kept");
    void callOff();
  };
  // Again until it has gone: it may not have begun yet.
  const callOff = async () => {
    while (!state.done) {
      await exec(docker, container, backupCommand("end", token)).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };
  for (const signal of signals) source.once(signal, leave);
  try {
    const code = await streamed(docker, container, backupCommand(word, token), say);
    return state.interrupted ? interruptedCode : code;
  } finally {
    state.done = true;
    for (const signal of signals) source.off(signal, leave);
  }
}
