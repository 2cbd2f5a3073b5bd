import { isIP } from "node:net";

/** What one option of a log driver has to be; Docker takes them all as text. */
export interface LogOption {
  /** `must …`, in a person's words. */
  rule: string;
  holds: (text: string) => boolean;
  /** Whether it has to be said. @default false */
  required?: boolean;
  /** It is nobody's to see. @default false */
  secret?: boolean;
  /** First release of Docker Engine that knows it, as `28.2`. @default each that Berth runs on */
  since?: string;
}

export type LogOptions = Readonly<Record<string, LogOption>>;

export const yesOrNo = choice("true", "false");

/** Of Go's `time.ParseDuration`, without what is negative. */
export const duration = like(
  'must be a duration such as "500ms" or "5s"',
  /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/,
);

/** Of docker/go-units `RAMInBytes`. */
export const size = like('must be a size such as "512k" or "4m"', /^[1-9]\d{0,8}[bkmg]?$/i);

/** A file of the machine on which the engine runs. */
export const machineFile = like("must be the absolute path of a file of the machine", /^(?:\/[^/\0]+)+$/);

export const anyText: LogOption = { rule: "must be text", holds: (text) => text !== "" };

export function choice(...words: string[]): LogOption {
  return { rule: `must be one of ${words.join(", ")}`, holds: (text) => words.includes(text) };
}

export function wholeOption(least: number, most: number): LogOption {
  return {
    rule: `must be a whole number from ${least} to ${most}`,
    holds: (text) => /^-?\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
  };
}

export function like(rule: string, pattern: RegExp): LogOption {
  return { rule, holds: (text) => pattern.test(text) };
}

export function required(option: LogOption, more: Pick<LogOption, "secret"> = {}): LogOption {
  return { ...option, ...more, required: true };
}

/** Where a collector is: a host and a port, or a socket of the engine's machine. */
export type Collector = { host: string; port: number } | { path: string };

export interface Address {
  scheme: string;
  place: Collector;
}

/** An address of one of `schemes`; `port` is what an address without one means, and without `port` it has to say one. */
export function addressOf(text: string, schemes: readonly string[], port?: number): Address | undefined {
  const [, scheme = "", rest = ""] = /^([a-z+]+):\/\/(.*)$/.exec(text) ?? [];
  if (!schemes.includes(scheme)) return undefined;
  if (scheme.startsWith("unix"))
    return machineFile.holds(rest) ? { scheme, place: { path: rest } } : undefined;
  const [, bracketed, plain = "", digits] = /^(?:\[([^\]]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(rest) ?? [];
  const host = bracketed ?? plain;
  const number = digits === undefined ? port : Number(digits);
  if (host === "" || number === undefined || number < 1 || number > 65535) return undefined;
  return bracketed === undefined || isIP(bracketed) === 6
    ? { scheme, place: { host, port: number } }
    : undefined;
}
