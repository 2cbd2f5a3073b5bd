import { openDockers } from "../docker/machines.ts";
import { nameOf, owned, roleOf, serviceOf } from "../docker/owned.ts";
import { followLogs, type WriteLog } from "../docker/followLogs.ts";
import { levels, logFilter, type Level } from "../docker/logFilter.ts";
import { logLines, unframe } from "../docker/logText.ts";
import type { Output } from "../output.ts";
import { reasonOf, Refusal } from "../refusal.ts";
import { checkpointOf, openSession, type CommonOptions } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { timeOf } from "../since.ts";

export interface LogsOptions extends CommonOptions {
  follow?: boolean;
  since?: string;
  until?: string;
  grep?: string;
  level?: string;
  tail?: string;
}

/** Prints what services wrote, merged by time; with no name, all of them. */
export async function logs(services: string[], options: LogsOptions): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, stack } = session;
  const query = queryOf(options);
  const wants = logFilter({ pattern: patternOf(options.grep), level: levelOf(options.level) });
  const dockers = await openDockers(stack.config, await checkpointOf(session));
  const machines = await Promise.all(
    dockers.map(async (docker) => {
      const { containers } = await owned(docker, stack.name);
      return { docker, own: containers.filter((one) => ["service", "job"].includes(roleOf(one))) };
    }),
  );
  const own = machines.flatMap((machine) => machine.own);
  const known = new Set(own.map(serviceOf));
  const unknown = services.filter((service) => !known.has(service));
  if (unknown.length > 0) {
    const there = [...known].sort().join(", ") || "none";
    throw new Refusal(unknown.map((service) => `service: must be one of ${there}, got "${service}"`));
  }
  const wanted = machines.map((machine) => ({
    ...machine,
    containers: machine.own.filter((one) => services.length === 0 || services.includes(serviceOf(one))),
  }));
  const print = writer(output, [...known].sort());
  const write: WriteLog = (container, line) => {
    if (wants(container.Id, line.text)) print(container, line);
  };
  if (options.follow) {
    const rest = { stack: stack.name, services, query, write };
    await Promise.all(wanted.map(({ docker, containers }) => followLogs({ docker, containers, ...rest })));
    return 0;
  }
  const all = await Promise.all(
    wanted
      .flatMap(({ docker, containers }) => containers.map((info) => ({ docker, info })))
      .map(async ({ docker, info }) => {
        const parameters = { stdout: true, stderr: true, timestamps: true, follow: false, ...query } as const;
        const text = unframe(await docker.getContainer(info.Id).logs(parameters));
        return logLines(text).map((line) => ({ info, line }));
      }),
  );
  const merged = all.flat().sort((a, b) => (a.line.time < b.line.time ? -1 : 1));
  for (const { info, line } of merged) write(info, line);
  return 0;
}

function queryOf({ since, until, grep, level, tail, follow }: LogsOptions) {
  if (follow === true && until !== undefined)
    throw new Refusal([`--until: must be left out with --follow, which goes on, got "${until}"`]);
  const searching = since !== undefined || grep !== undefined || level !== undefined;
  return {
    since: timeOf("--since", since),
    until: timeOf("--until", until),
    tail: tailOf(tail ?? (searching ? "all" : "200")),
  };
}

/** As ripgrep's smart case has it. */
function patternOf(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, /\p{Lu}/u.test(text) ? "" : "i");
  } catch (error) {
    throw new Refusal([`--grep: must be a regular expression, got "${text}" (${reasonOf(error)})`]);
  }
}

function levelOf(text: string | undefined): Level | undefined {
  const level = levels.find((one) => one === text?.toLowerCase());
  if (text !== undefined && level === undefined)
    throw new Refusal([`--level: must be one of ${levels.join(", ")}, got "${text}"`]);
  return level;
}

function tailOf(text: string): number | undefined {
  if (text === "all") return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new Refusal([`--tail: must be a whole number or "all", got "${text}"`]);
  return Number(text);
}

/** One colour a service, the same in every run. */
function writer(output: Output, services: readonly string[]): WriteLog {
  const { colour } = output;
  const colours = [colour.cyan, colour.green, colour.yellow, colour.magenta, colour.blue, colour.red];
  return (container, { time, text }) => {
    const service = serviceOf(container);
    if (output.json) {
      output.emit({ time, service, container: nameOf(container), text });
      return;
    }
    const paint = colours[services.indexOf(service) % colours.length] ?? colour.white;
    output.say(`${colour.dim(time.slice(11, 23))} ${paint(nameOf(container))} ${text}`);
  };
}
