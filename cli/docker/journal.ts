import type { LogDriverName } from "../../components/containers/logDrivers.ts";
import { quote } from "../../components/machine/scripts.ts";
import type { Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { remote } from "../../components/ssh/session.ts";
import { kindOf } from "../hostKind.ts";
import { isMap, settingsOf, type Config } from "../overrides.ts";
import { containerType, type Checkpoint } from "../state/checkpoint.ts";
import type { Followed, WriteLog } from "./followLogs.ts";
import { clean } from "./logText.ts";

export interface JournalQuery {
  stack: string;
  /** Of these services only; none means all. */
  services: readonly string[];
  /** Ids of containers that are there: Docker itself tells what they wrote. */
  present: readonly string[];
  /** Seconds since 1970. */
  since?: number;
  until?: number;
}

/**
 * Whether a stack's containers log into journals, by what runs have made, and by its settings for those that are gone
 * with their state. One that has left its journals is asked about them by naming the driver: `-c logging.driver=journald`.
 */
export function isJournaled(config: Config, checkpoint: Checkpoint | undefined): boolean {
  const { logging, host } = settingsOf(config);
  const driver = isMap(logging) ? logging.driver : undefined;
  if ((driver ?? kindOf(host)?.logDriver) === journald) return true;
  const made = checkpoint?.resources ?? [];
  return made.some(({ type, inputs }) => type === containerType && inputs?.logDriver === journald);
}

const journald: LogDriverName = "journald";

/** Seconds that a machine may take to go through its journal. */
const patience = 600;

/**
 * What containers that are gone wrote into the machine's journal, a container's lines in the order in which it wrote
 * them; nothing where they logged elsewhere, or their labels weren't handed on. The machine chooses what it sends, and
 * none of it is kept here but by `write`. Throws {@link RemoteError}.
 */
export async function readJournal(server: Connection, query: JournalQuery, write: WriteLog): Promise<void> {
  const take = joined(write);
  let ended: string | undefined;
  const onLine = (line: string): void => {
    if (line.startsWith(endMark)) ended = line.slice(endMark.length);
    else take(line);
  };
  await remote(server, journalCommand(query), { onLine, deadline: patience, kept: false });
  // Without one there is no journal.
  if (ended !== undefined && ended !== "0")
    throw new RemoteError(`journalctl: must end well, got exit code ${ended}`);
}

/** Before the exit code of journalctl; no line of its JSON begins so. */
const endMark = "@ended ";

const fields = [
  "MESSAGE",
  "CONTAINER_NAME",
  "CONTAINER_ID_FULL",
  "CONTAINER_PARTIAL_MESSAGE",
  "BERTH_SERVICE",
];

/** The Docker Engine's own entries: what else is in them anybody may write who has a login on the machine. */
const ofDocker = ["_UID=0", "_COMM=dockerd"];

/**
 * The command that has a machine print them as JSON, a line each
 * (https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format). Several matches of one field are any of them, and
 * `--all` gives lines above 4096 bytes too.
 */
export function journalCommand({ stack, services, present, since, until }: JournalQuery): string {
  const words = [
    ...[
      "journalctl",
      "--quiet",
      "--no-pager",
      "--all",
      "--output=json",
      `--output-fields=${fields.join(",")}`,
    ],
    ...(since === undefined ? [] : [`--since=@${since}`]),
    ...(until === undefined ? [] : [`--until=@${until}`]),
    ...ofDocker,
    quote(`BERTH_STACK=${stack}`),
    ...services.map((service) => quote(`BERTH_SERVICE=${service}`)),
  ];
  const others =
    present.length === 0
      ? "cat"
      : `{ grep -vF ${present.map((id) => `-e ${quote(`"CONTAINER_ID_FULL":"${id}"`)}`).join(" ")} || :; }`;
  return [
    "command -v journalctl >/dev/null || exit 0",
    "s=; [ $(id -u) = 0 ] || s='sudo -n'",
    "$s true || exit",
    // Of a pipe the last program's end counts, so the first one's is told as a line.
    `{ $s ${words.join(" ")}; echo "${endMark}$?"; } | ${others}`,
  ].join("; ");
}

/** Takes the journal's lines; Docker cuts one of an application's above 16 KiB into several of them. */
export function joined(write: WriteLog): (line: string) => void {
  const begun = new Map<string, string>();
  return (line) => {
    const entry = journalEntry(line);
    if (entry === undefined) return;
    const { container, time, text, partial } = entry;
    const whole = `${begun.get(container.Id) ?? ""}${text}`;
    begun.delete(container.Id);
    if (partial) begun.set(container.Id, whole);
    else write(container, { time, text: clean(whole) });
  };
}

interface JournalEntry {
  container: Followed;
  /** As Docker writes one. */
  time: string;
  text: string;
  /** The rest of the line is in a later entry. */
  partial: boolean;
}

/** An entry of the journal's, by the fields of Docker's driver; nothing of what isn't one. */
export function journalEntry(line: string): JournalEntry | undefined {
  const entry = parsed(line);
  const id = textOf(entry.CONTAINER_ID_FULL);
  const microseconds = Number(textOf(entry.__REALTIME_TIMESTAMP));
  if (id === "" || !Number.isSafeInteger(microseconds)) return undefined;
  return {
    container: {
      Id: id,
      Names: [`/${clean(textOf(entry.CONTAINER_NAME))}`],
      Labels: { "berth.service": clean(textOf(entry.BERTH_SERVICE)) },
    },
    time: timeIn(microseconds),
    text: textOf(entry.MESSAGE),
    partial: textOf(entry.CONTAINER_PARTIAL_MESSAGE) === "true",
  };
}

/** RFC 3339 with nine digits, which sorts as text with the times that Docker gives. */
function timeIn(microseconds: number): string {
  const seconds = new Date(Math.floor(microseconds / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(microseconds % 1_000_000).padStart(6, "0")}000Z`;
}

/** The journal has what isn't printable, as a line with colours, as a list of bytes. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.every((byte) => typeof byte === "number")
    ? Buffer.from(value).toString("utf8")
    : "";
}

function parsed(line: string): Record<string, unknown> {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
