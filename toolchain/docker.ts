import { setTimeout as sleep } from "node:timers/promises";
import { installEngine } from "./apt.ts";
import { startDaemon } from "./daemon.ts";
import { askEngine, dockerEndpoint, whyNotEngine } from "./engine.ts";
import { type Progress, type Step, ticking } from "./progress.ts";
import { remedyFor, thisMachine } from "./remedy.ts";

const START_MS = 60_000;

/**
 * Has a Docker Engine that answers: the one DOCKER_HOST or the docker context names, else this machine's, which on
 * Debian and Ubuntu as root is installed and started. An engine from a context goes into DOCKER_HOST, where the
 * docker plugin looks.
 *
 * @throws when there is none and it isn't ours to install, or it is older than 20.10, with the fix in one line
 */
export async function ensureDocker(progress: Progress): Promise<void> {
  const step = progress.step("Docker Engine");
  try {
    const endpoint = dockerEndpoint();
    if (endpoint.source !== "default") process.env.DOCKER_HOST = endpoint.host;
    const answer = await askEngine();
    if ("version" in answer) {
      step.skip(`${accepted(answer.version)}, answers at ${endpoint.host}`);
      return;
    }
    const machine = thisMachine();
    const remedy = remedyFor(endpoint, answer.error, machine);
    if (typeof remedy === "object") throw new Error(remedy.say);
    if (remedy === "install") await installEngine(step);
    step.done(
      `${accepted(await start(step, machine.systemd))}, ${remedy === "install" ? "installed and " : ""}started`,
    );
  } catch (error) {
    step.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

function accepted(version: string): string {
  const reason = whyNotEngine(version);
  if (reason !== undefined) throw new Error(reason);
  return version;
}

async function start(step: Step, systemd: boolean): Promise<string> {
  const ticker = ticking(step, "waiting for the engine to answer");
  try {
    const daemon = await startDaemon(systemd);
    const deadline = Date.now() + START_MS;
    while (Date.now() < deadline) {
      const answer = await askEngine();
      if ("version" in answer) return answer.version;
      const words = await daemon.lastWords();
      if (words !== undefined) throw new Error(`docker: must start, got "${words}"; see ${daemon.log}`);
      await sleep(250);
    }
    throw new Error(`docker: must answer within ${START_MS / 1_000} s, got silence; see ${daemon.log}`);
  } finally {
    ticker.stop();
  }
}
