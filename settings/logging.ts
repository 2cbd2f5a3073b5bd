import * as z from "zod";
import {
  completedOptions,
  defaultLogDriver,
  logDriver,
  logDriverNames,
  optionsOf,
  type LogDriverName,
  type Options,
} from "../components/containers/logDrivers.ts";
import type { Logging } from "../components/containers/logDrivers.ts";
import type { Kind } from "../components/hosts/kind.ts";
import { nearest } from "../lib/nearest.ts";
import { asText } from "../lib/rules.ts";
import { holding, secret } from "../lib/secret.ts";
import { isMap } from "./beside.ts";

type LoggingKind = Pick<Kind, "logDriver" | "knownLogOptions">;

interface Problem {
  path: string[];
  rule: string;
}

/** Where Docker takes what containers write, by what is said of it, or by what a kind of host has where nothing is. */
export function loggingSchema({ logDriver: usual = defaultLogDriver, knownLogOptions }: LoggingKind = {}) {
  const logging = z.unknown().transform((given, context): Logging => {
    const value = isMap(given) && Object.keys(given).length === 0 ? { driver: usual } : given;
    const problems = loggingProblems(value, knownLogOptions ?? []);
    for (const { path, rule } of problems) context.addIssue({ code: "custom", path, message: rule });
    if (problems.length > 0) return z.NEVER;
    const { driver, options = {} } = value as { driver: LogDriverName; options?: object };
    return { driver, options: asTexts(options), secret: secretsOf(driver) };
  });
  return holding(logging, [known]);
}

const known = z.object({
  driver: z.unknown(),
  options: z.object(
    Object.fromEntries(
      logDriverNames.flatMap((name) =>
        Object.entries(optionsOf(name)).map(([option, { secret: isSecret }]) => [
          option,
          isSecret === true ? secret(z.unknown()) : z.unknown(),
        ]),
      ),
    ),
  ),
});

/** Pulumi tells of a key that some of it is a secret, not which: then all that was said is. */
export function hiddenWith(logging: Logging, secretKeys: readonly string[]): Logging {
  return secretKeys.includes("logging")
    ? { ...logging, secret: Object.keys(logging.options ?? {}) }
    : logging;
}

function secretsOf(driver: LogDriverName): string[] {
  return Object.entries(optionsOf(driver)).flatMap(([name, { secret }]) => (secret === true ? [name] : []));
}

/** What Pulumi's `config set --path` makes of a text such as `true` or `5` is meant as that text. */
function asTexts(options: object): Options {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, asText(value) as string]));
}

function loggingProblems(value: unknown, known: readonly string[]): Problem[] {
  if (!isMap(value))
    return [
      { path: [], rule: 'must be a map such as { driver: syslog, options: { syslog-address: "udp://…" } }' },
    ];
  const { driver, options = {}, ...others } = value;
  const unknown = Object.keys(others).map((key) => ({ path: [key], rule: "must be driver or options" }));
  const named = logDriverNames.find((name) => name === driver);
  if (named === undefined) {
    const meant = typeof driver === "string" ? nearest(driver, logDriverNames) : undefined;
    const rule = `must be one of ${logDriverNames.join(", ")}${perhaps(meant)}`;
    return [{ path: ["driver"], rule }, ...unknown];
  }
  if (!isMap(options))
    return [{ path: ["options"], rule: "must be a map of options and what they are" }, ...unknown];
  return [...unknown, ...optionProblems(named, options, known)];
}

function optionProblems(
  driver: LogDriverName,
  given: Record<string, unknown>,
  known: readonly string[],
): Problem[] {
  const wrong = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : problemOf(driver, name, asText(value)),
  );
  const missing = Object.entries(optionsOf(driver)).flatMap(([name, option]) =>
    option.required === true && given[name] === undefined && !known.includes(name)
      ? [{ path: ["options", name], rule: `${option.rule}, which ${driver} needs` }]
      : [],
  );
  if (wrong.length > 0) return [...missing, ...wrong];
  return [...missing, ...betweenThem(driver, asTexts(given))];
}

function problemOf(driver: LogDriverName, name: string, value: unknown): Problem[] {
  const path = ["options", name];
  const known = optionsOf(driver);
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) {
    const names = Object.keys(known);
    const meant = nearest(name, names);
    const rule = meant === undefined ? `, which are ${names.join(", ")}` : perhaps(meant);
    return [{ path, rule: `must be an option of ${driver}${rule}` }];
  }
  const { rule } = option;
  return typeof value === "string" && option.holds(value) ? [] : [{ path, rule }];
}

function betweenThem(driver: LogDriverName, given: Options): Problem[] {
  const own = logDriver(driver).problems?.(completedOptions(driver, given)) ?? [];
  const unbuffered =
    given["max-buffer-size"] !== undefined && completedOptions(driver, given).mode !== "non-blocking";
  const buffer: typeof own = unbuffered
    ? [["max-buffer-size", "must be left out unless mode is non-blocking"]]
    : [];
  return [...own, ...buffer].map(([name, rule]) => ({ path: ["options", name], rule }));
}

function perhaps(meant: string | undefined): string {
  return meant === undefined ? "" : `, perhaps ${meant}`;
}

/** What a stack is told of a collector for which Docker waits. */
export function loggingNotes({ driver, options = {}, secret = [] }: Logging): string[] {
  const awaited = logDriver(driver).awaits?.(completedOptions(driver, options));
  // A socket of the machine's own is there as long as the machine is.
  if (awaited === undefined || "path" in awaited.place) return [];
  const { option, place } = awaited;
  const where = secret.includes(option) ? "that address" : `${place.host}:${place.port}`;
  return [
    `logging.options.${option}: Docker starts no container while nobody answers at ${where}, after a crash or a boot neither; ${remedies[driver] ?? "choose another driver where that matters"}`,
  ];
}

const remedies: Partial<Record<LogDriverName, string>> = {
  syslog: "an address with udp:// holds none",
  gelf: "an address with udp:// holds none",
  fluentd: "fluentd-async: true holds none",
  splunk: "splunk-verify-connection: false holds none",
};
