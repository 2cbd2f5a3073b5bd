import { SettingsError, show } from "../lib/problems.ts";
import type { OwnSecret, StoredSecret } from "../services/application/serviceSettings.ts";
import type { Settings } from "../settings.ts";
import { placeOf, storedIn, type Stored } from "../settings/stored.ts";
import { Unreadable } from "./stores/unreadable.ts";

/** The whole value of a secret, as its store has it. Throws {@link Unreadable}. */
export type ReadStore = (secret: StoredSecret, signal: AbortSignal) => Promise<string>;

/** Seconds that a store may take, its credentials included. */
const patience = 15;

/**
 * The settings with every secret that they say is in a store, each version of one read once. Throws {@link SettingsError}
 * with all that can't be had, so a preview without a way to them doesn't pass for one without changes.
 *
 * @param seconds - that a store may take
 */
export async function withStored(
  settings: Settings,
  read = readStore,
  seconds = patience,
): Promise<Settings> {
  const all = storedIn(settings);
  if (all.length === 0) return settings;
  const once = new Map<string, Promise<string>>();
  const values = new Map<string, string>();
  const problems: string[] = [];
  const have = async ({ key, stored }: Stored): Promise<void> => {
    const version = JSON.stringify({ ...stored, property: undefined });
    const whole = once.get(version) ?? within(seconds, (signal) => read(stored, signal));
    once.set(version, whole);
    try {
      values.set(key, partOf(await whole, stored));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      problems.push(`${key}: must be readable in ${placeOf(stored)}, got ${error.got}; ${error.fix}`);
    }
  };
  await Promise.all(all.map(have));
  if (problems.length > 0) throw new SettingsError(problems.sort());
  const filled = (secret: OwnSecret): OwnSecret =>
    "stored" in secret ? { value: values.get(secret.key) ?? "" } : secret;
  const services = Object.entries(settings.services).map(([name, service]) => {
    const { secrets } = service;
    if (secrets === undefined) return [name, service] as const;
    const own = Object.entries(secrets).map(([variable, secret]) => [variable, filled(secret)] as const);
    return [name, { ...service, secrets: Object.fromEntries(own) }] as const;
  });
  return { ...settings, services: Object.fromEntries(services) };
}

/** Loaded where a stack has such a secret: either takes a tenth of a second. */
async function readStore(secret: StoredSecret, signal: AbortSignal): Promise<string> {
  if (secret.store === "aws") return (await import("./stores/aws.ts")).readAws(secret, signal);
  return (await import("./stores/google.ts")).readGoogle(secret, signal);
}

/** Seconds after which plain Pulumi's run of the program ends, though something holds it. */
const grace = 3;

/** Pulumi's own runner waits until nothing is under way any more; the command line ends by itself. */
function endPlainRun(): void {
  if (!/@pulumi[\\/]pulumi[\\/]cmd[\\/]run/.test(process.argv[1] ?? "")) return;
  setTimeout(() => process.exit(1), grace * 1000).unref();
}

/** What looks for credentials obeys no signal, so it is left behind. */
async function within(seconds: number, read: (signal: AbortSignal) => Promise<string>): Promise<string> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Unreadable(`no answer within ${seconds} s`, "see that this machine reaches it, and run again"),
      );
      late.abort();
      endPlainRun();
    }, seconds * 1000);
  });
  try {
    return await Promise.race([read(late.signal), tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** A file of text, so what text can't hold is refused. */
function partOf(whole: string, { property }: StoredSecret): string {
  const value = property === undefined ? whole : propertyOf(whole, property);
  if (value === "") throw new Unreadable("an empty value", "give it one there");
  if (value.includes("\0")) throw new Unreadable("a binary value", "store it there as text");
  return value;
}

function propertyOf(whole: string, property: string): string {
  const object = objectOf(whole);
  if (object === undefined)
    throw new Unreadable("a value that is no JSON object", "leave out property, or store an object there");
  const value = Object.hasOwn(object, property) ? object[property] : undefined;
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (isWhole(value)) return String(value);
    throw new Unreadable(
      `a property ${show(property)} that is a number`,
      "store it there as text, in quotes",
    );
  }
  throw new Unreadable(
    value === undefined ? `no property ${show(property)}` : `a property ${show(property)} that is no text`,
    "correct property, or the value there",
  );
}

/** As text it is what it was: of a longer number, or one with a fraction, digits may be lost by now. */
function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function objectOf(whole: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(whole);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
