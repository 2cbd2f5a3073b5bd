import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { unpaced } from "../../components/containers/healthPace.ts";
import { exec } from "../docker/exec.ts";
import { nameOf, serviceOf } from "../docker/owned.ts";
import type { PublicProxy } from "../docker/publicProxies.ts";
import { reasonOf } from "../refusal.ts";
import { answerIn, askCommand, noClient, ownPageCommand, withoutShell, type Answer } from "./ask.ts";
import { socketOf } from "./socket.ts";
import { visit } from "./visit.ts";
import {
  answerVerdict,
  healthVerdict,
  noPageVerdict,
  pageVerdict,
  readyVerdict,
  type Verdict,
} from "./verdicts.ts";

/** Health as the engine knows it, and the container's own check run now. */
export async function lookAtContainer(docker: Docker, info: ContainerInfo): Promise<Verdict[]> {
  const { State, Config } = await docker.getContainer(info.Id).inspect();
  const what = nameOf(info);
  const health = healthVerdict(what, State.Status, State.Health?.Status);
  return [health, await ownCheck(docker, info.Id, what, unpaced(Config.Healthcheck?.Test ?? []))];
}

/** A check is `CMD` with words or `CMD-SHELL` with one line (https://docs.docker.com/reference/dockerfile/#healthcheck). */
async function ownCheck(
  docker: Docker,
  id: string,
  what: string,
  [kind = "NONE", ...words]: string[],
): Promise<Verdict> {
  const level = "endpoint";
  if (kind === "NONE") return { level, what, outcome: "skip", detail: "has no check of its own" };
  const command = kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...words] : words;
  const ran = await exec(docker, id, command).catch((error: unknown) => ({
    code: 1,
    output: reasonOf(error),
  }));
  const [last = ""] = ran.output.trim().split("\n").slice(-1);
  if (ran.code === 0) return { level, what, outcome: "pass", detail: "answers its check" };
  return { level, what, outcome: "fail", detail: last || `its check ended with ${ran.code}` };
}

/** Whether an application reaches what it depends on, asked in its own container, where it listens. */
export async function lookAtDependencies(
  docker: Docker,
  info: ContainerInfo,
  port: number,
): Promise<Verdict> {
  const socket = await socketOf(docker, info);
  // A socket has no name of its own; applications let their own machine in as "localhost".
  const url = socket === undefined ? `http://127.0.0.1:${port}/ready` : "http://localhost/ready";
  return readyVerdict(nameOf(info), await askInside(docker, info.Id, url, socket));
}

/**
 * Whether the proxy leads to a service under the name its callers use. Without a path that says how the service is, any
 * answer of its own will do.
 */
export async function lookAtInnerName(
  docker: Docker,
  proxy: ContainerInfo,
  url: string,
  health: string | undefined,
): Promise<Verdict> {
  const what = `${url}${health ?? "/"}`;
  const answer = await askInside(docker, proxy.Id, what);
  const verdict = health === undefined ? answerVerdict : pageVerdict;
  return verdict(`${what} from ${serviceOf(proxy)}`, answer);
}

async function askInside(docker: Docker, id: string, url: string, socket?: string): Promise<Answer> {
  return answerTo(docker, id, askCommand(url, socket));
}

async function answerTo(docker: Docker, id: string, command: string[]): Promise<Answer> {
  const ran = await exec(docker, id, command).catch((error: unknown) => ({ output: reasonOf(error) }));
  return withoutShell(answerIn(ran.output));
}

/** Whether a page answers as the public sees it; one that is `dispensable` may be none that the system's image has. */
export async function lookAtPage(url: string, address?: string, dispensable = false): Promise<Verdict> {
  const answer = await visit(url, address);
  return dispensable && answer.status === 404 ? noPageVerdict(url) : pageVerdict(url, answer);
}

/** The same page as a machine beside the first serves it, at which the public comes in too. */
export async function lookAtPageBeside(
  { docker, container, service }: PublicProxy,
  url: string,
  dispensable = false,
): Promise<Verdict> {
  const what = `${url} at ${service}`;
  const answer = await answerTo(docker, container.Id, ownPageCommand(url));
  if (dispensable && answer.status === 404) return noPageVerdict(what);
  const unasked = answer.status === 0 && answer.body === noClient;
  return unasked ? { level: "proxy", what, outcome: "skip", detail: noClient } : pageVerdict(what, answer);
}
