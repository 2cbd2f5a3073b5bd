import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { statusOf } from "../docker/gone.ts";
import { isJournaled, readJournal } from "../docker/journal.ts";
import { machineName, reachedDockers } from "../docker/machines.ts";
import { nameOf, owned, roleOf, serviceOf } from "../docker/owned.ts";
import { followLogs, type Followed, type WriteLog } from "../docker/followLogs.ts";
import { levels, logFilter, type Level } from "../docker/logFilter.ts";
import { logLines, unframe, type LogLine } from "../docker/logText.ts";
import { checkpointToLook, nothingRuns } from "../look.ts";
import type { Output } from "../output.ts";
import { reasonOf, Refusal } from "../refusal.ts";
import { openSession, type CommonOptions, type Session } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { pastTimeOf, timeOf } from "../since.ts";
import type { Checkpoint } from "../state/checkpoint.ts";

export interface LogsOptions extends CommonOptions {
  follow?: boolean;
  since?: string;
  until?: string;
  grep?: string;
  level?: string;
  tail?: string;
}

/** A line and whose it is. */
interface Written {
  info: Followed;
  line: LogLine;
}

interface Machine {
  docker: Docker;
  /** How ssh gets to a journal that containers of the stack log into; nothing where there is none, or it is this machine's. */
  journal: Connection | undefined;
  /** The stack's services and jobs on it. */
  own: ContainerInfo[];
}

/**
 * Prints what services wrote, merged by time; with no name, all of them. A search reads what is left of containers that
 * are gone too, where a machine's journal has it.
 */
export async function logs(services: string[], options: LogsOptions): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, stack } = session;
  const query = queryOf(options);
  const wants = logFilter({ pattern: patternOf(options.grep), level: levelOf(options.level) });
  const { checkpoint, unread: stateUnread } = await checkpointToLook(session);
  const machines = await machinesOf(session, checkpoint);
  const search = isSearch(options) && options.follow !== true;
  const gone = search ? await goneLines(machines, { session, services, query, wants }) : nothing;
  const known = new Set([...machines.flatMap(({ own }) => own.map(serviceOf)), ...gone.services]);
  // Who follows one that is on record sees it start.
  const mayStart = options.follow === true && (checkpoint !== undefined || stateUnread);
  if (known.size === 0 && !mayStart) throw new Refusal([nothingRuns(stack.name, stateUnread)]);
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
  let unreads = 0;
  const unread = (container: Followed, error: unknown): void => {
    unreads++;
    output.say(`not read: ${nameOf(container)}, ${reasonOf(error)}`);
  };
  if (options.follow) {
    const write: WriteLog = (container, line) => {
      if (wants(container.Id, line.text)) print(container, line);
    };
    const rest = { stack: stack.name, services, query, write, unread };
    await Promise.all(wanted.map(({ docker, containers }) => followLogs({ docker, containers, ...rest })));
    return 0;
  }
  const present = await Promise.all(
    wanted.flatMap(({ docker, containers }) =>
      containers.map(async (info): Promise<Written[]> => {
        const parameters = { stdout: true, stderr: true, timestamps: true, follow: false, ...query } as const;
        // Docker asks a container's collector before it reads its own copy, where the container has ended.
        const raw = await docker
          .getContainer(info.Id)
          .logs(parameters)
          .catch((error: unknown) => {
            if (statusOf(error) === undefined) throw error;
            unread(info, error);
            return Buffer.alloc(0);
          });
        return logLines(unframe(raw))
          .filter((line) => wants(info.Id, line.text))
          .map((line) => ({ info, line }));
      }),
    ),
  );
  const merged = [...present.flat(), ...gone.lines].sort((a, b) => (a.line.time < b.line.time ? -1 : 1));
  for (const { info, line } of merged) print(info, line);
  return unreads > 0 && merged.length === 0 ? 1 : 0;
}

async function machinesOf({ stack }: Session, checkpoint: Checkpoint | undefined): Promise<Machine[]> {
  const { config, name } = stack;
  const { dockers, ways } = await reachedDockers(config, checkpoint);
  const journals = isJournaled(config, checkpoint) ? ways : [];
  return await Promise.all(
    dockers.map(async (docker, index) => {
      const { containers } = await owned(docker, name);
      const own = containers.filter((one) => ["service", "job"].includes(roleOf(one)));
      return { docker, journal: journals[index], own };
    }),
  );
}

interface Gone {
  lines: Written[];
  /** Services that wrote something, wanted or not. */
  services: ReadonlySet<string>;
}

const nothing: Gone = { lines: [], services: new Set() };

interface GoneArgs {
  session: Session;
  services: readonly string[];
  query: { since?: number; until?: number; tail?: number };
  wants: (container: string, text: string) => boolean;
}

/** What is in the journals of servers that the stack's containers log into; one that can't be read is said, and the rest is shown all the same. */
async function goneLines(
  machines: readonly Machine[],
  { session: { output, stack }, services, query, wants }: GoneArgs,
): Promise<Gone> {
  const found = new Map<string, Written[]>();
  const seen = new Set<string>();
  const write: WriteLog = (info, line) => {
    seen.add(serviceOf(info));
    if (!wants(info.Id, line.text)) return;
    const lines = found.get(info.Id) ?? [];
    found.set(info.Id, lines);
    lines.push({ info, line });
    // As of a container that is there: the last so many of each.
    if (query.tail !== undefined && lines.length > query.tail) lines.shift();
  };
  await Promise.all(
    machines.map(async ({ journal, own }) => {
      if (journal === undefined) return;
      const present = own.map(({ Id }) => Id);
      const { since, until } = query;
      await readJournal(journal, { stack: stack.name, services, present, since, until }, write).catch(
        (error: unknown) => {
          if (!(error instanceof RemoteError)) throw error;
          output.say(`not looked at: the journal of ${machineName(journal)}, ${error.message}`);
        },
      );
    }),
  );
  return { lines: [...found.values()].flat(), services: seen };
}

/** Somebody looks for something, and not at the end alone. */
function isSearch({ since, grep, level }: LogsOptions): boolean {
  return since !== undefined || grep !== undefined || level !== undefined;
}

function queryOf(options: LogsOptions) {
  const { since, until, tail, follow } = options;
  if (follow === true && until !== undefined)
    throw new Refusal([`--until: must be left out with --follow, which goes on, got "${until}"`]);
  const [first, last] = [pastTimeOf("--since", since), timeOf("--until", until)];
  if (first !== undefined && last !== undefined && last < first)
    throw new Refusal([`--until: must not be before --since, ${since}, got "${until}"`]);
  return {
    since: first,
    until: last,
    tail: tailOf(tail ?? (isSearch(options) ? "all" : "200")),
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
