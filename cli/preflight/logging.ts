import { access } from "node:fs/promises";
import { createConnection } from "node:net";
import semver from "semver";
import { completedOptions, logDriver, optionsOf } from "../../components/containers/logDrivers.ts";
import type { Logging } from "../../components/containers/logDrivers.ts";
import type { Collector } from "../../components/containers/logOptions.ts";
import { quote } from "../../components/machine/scripts.ts";
import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { remote } from "../../components/ssh/session.ts";
import type { EngineInfo } from "../docker/open.ts";
import { reasonOf } from "../refusal.ts";

/** Seconds that a collector may take to answer. */
const patience = 5;

/** What engines don't know of a stack's log driver: each says so of its first container, in words of its own. */
export function driverProblems(
  logging: Logging,
  engines: readonly Pick<EngineInfo, "Name" | "Plugins" | "ServerVersion">[],
): string[] {
  return engines.flatMap((engine) => {
    const problems = problemsOfEngine(logging, engine);
    return engines.length === 1
      ? problems
      : problems.map((problem) => `${problem}, on machine ${engine.Name}`);
  });
}

function problemsOfEngine(
  { driver, options = {} }: Logging,
  { Plugins, ServerVersion }: Pick<EngineInfo, "Plugins" | "ServerVersion">,
): string[] {
  const known = Plugins?.Log ?? [driver];
  if (!known.includes(driver))
    return [`logging.driver: must be one that this Docker Engine has (${known.join(", ")}), got "${driver}"`];
  const version = semver.coerce(ServerVersion);
  return Object.keys(options).flatMap((name) => {
    const since = semver.coerce(optionsOf(driver)[name]?.since);
    return version === null || since === null || semver.gte(version, since)
      ? []
      : [
          `logging.options.${name}: must be left out before Docker Engine ${since.major}.${since.minor}, got ${ServerVersion}`,
        ];
  });
}

/**
 * That nobody answers where Docker asks before it starts a container, which a run would otherwise show as the failure of
 * the first service. Asked on the machines of the stack, as `undefined` from here.
 */
export async function collectorProblems(
  { driver, options = {}, secret = [] }: Logging,
  machines: readonly (Connection | undefined)[],
  ask = whyNoAnswer,
): Promise<string[]> {
  const awaited = logDriver(driver).awaits?.(completedOptions(driver, options));
  if (awaited === undefined) return [];
  const { option, place } = awaited;
  const address = "path" in place ? place.path : `${place.host}:${place.port}`;
  const where = secret.includes(option) ? "its address" : address;
  const answers = await Promise.all(
    machines.map(async (machine) => {
      const whole = await ask(place, machine);
      // The address may be in words that aren't ours.
      const reason = whole !== undefined && secret.includes(option) ? briefly(whole) : whole;
      const asker = machine === undefined ? "" : ` from ${machine.target.address}`;
      return reason === undefined
        ? []
        : [
            `logging.options.${option}: must be answered at ${where}${asker}, got ${reason}; start the collector, or name another`,
          ];
    }),
  );
  return answers.flat();
}

function briefly(reason: string): string {
  return /^(?:connection refused|no such (?:name|file)|no answer in \d+ s|no route to host|network is unreachable)$/.test(
    reason,
  )
    ? reason
    : "no answer";
}

/** Why a collector doesn't answer a machine, or this one; nothing where it does. */
async function whyNoAnswer(place: Collector, machine: Connection | undefined): Promise<string | undefined> {
  return machine === undefined ? whyNotHere(place) : await whyNotThere(place, machine);
}

async function whyNotHere(place: Collector): Promise<string | undefined> {
  if ("path" in place) {
    return access(place.path).then(
      () => undefined,
      () => "no such file",
    );
  }
  return await new Promise<string | undefined>((resolve) => {
    const socket = createConnection({ ...place, timeout: patience * 1000 });
    const end = (reason?: string) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once("connect", () => {
      end();
    });
    socket.once("timeout", () => {
      end(`no answer in ${patience} s`);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      end(inWords(error));
    });
  });
}

function inWords(error: NodeJS.ErrnoException): string {
  if (error.code === "ECONNREFUSED") return "connection refused";
  if (error.code === "ENOTFOUND") return "no such name";
  return reasonOf(error);
}

/** The host comes as an argument: within the text, a shell would run what it says. */
const opening = 'exec 3<>"/dev/tcp/$1/$2"';

/** bash opens a connection by itself; a machine without it, or that doesn't answer, has nothing said of it here. */
async function whyNotThere(place: Collector, machine: Connection): Promise<string | undefined> {
  const opened =
    "path" in place
      ? `test -e ${quote(place.path)} || echo no such file`
      : `timeout ${patience} bash -c ${quote(opening)} - ${quote(place.host)} ${place.port} 2>&1 || echo "ended with $?"`;
  const answer = await remote(machine, opened, { deadline: 30 }).catch((error: unknown) => {
    if (error instanceof RemoteError) return "";
    throw error;
  });
  return bashReason(answer);
}

/** What bash says of a connection that it couldn't open, in a few words. */
export function bashReason(output: string): string | undefined {
  const text = output.trim();
  if (text === "") return undefined;
  if (text.endsWith("ended with 124")) return `no answer in ${patience} s`;
  if (text.endsWith("ended with 127")) return undefined;
  const known = /connection refused|no such file|no route to host|network is unreachable/i.exec(text)?.[0];
  if (known !== undefined) return known.toLowerCase();
  return /not known|failure in name resolution/i.test(text) ? "no such name" : text.split("\n").at(0);
}
