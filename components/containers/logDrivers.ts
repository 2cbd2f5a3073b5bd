import {
  addressOf,
  anyText,
  choice,
  duration,
  like,
  machineFile,
  required,
  size,
  wholeOption,
  yesOrNo,
  type Address,
  type Collector,
  type LogOptions,
} from "./logOptions.ts";

export type Options = Readonly<Record<string, string>>;

/** Where Docker takes what containers write, in its own words (https://docs.docker.com/engine/logging/configure). */
export interface Logging {
  driver: LogDriverName;
  /** @default the safest that there is: nothing that writes a line ever waits for who collects it */
  options?: Options;
  /** Names of options that nobody may see. @default none */
  secret?: readonly string[];
}

/** All that is said of one of Docker's log drivers. */
export interface LogDriver {
  /** What it takes beside {@link commonOptions}. */
  options: LogOptions;
  /** What Berth sets where nobody says otherwise. @default nothing */
  preset?: Options;
  /** Whether lines leave the container's own files, and so may wait for somebody. @default false */
  ships?: boolean;
  /** Whether `tag` names a line's origin there. @default false */
  tagged?: boolean;
  /** Whether it hands on the labels that `labels` names. @default false */
  labelled?: boolean;
  /** What has to answer before Docker starts a container, by the option that says where. @default nothing */
  awaits?: (options: Options) => { option: string; place: Collector } | undefined;
  /** What options are to each other: the one that is wrong, and the rule. @default nothing */
  problems?: (options: Options) => [option: string, rule: string][];
}

const syslogSchemes = ["udp", "tcp", "tcp+tls", "unix", "unixgram"];
const syslogPort = 514;
const fluentdSchemes = ["tcp", "tls", "unix"];
const fluentdPort = 24224;

/** Docker takes 100 ms to 10 s, or none (moby daemon/logger/fluentd). */
const reconnectInterval = like(
  'must be a duration from "100ms" to "10s", or "0s"',
  /^(?:0(?:ms|s)?|[1-9]\d{2,3}ms|10000ms|(?:[1-9]|10)s|(?:0\.[1-9]\d{0,2}|[1-9]\.\d{1,3})s)$/,
);

/**
 * What a line may bring along. Not for awslogs, and of no use to syslog. `env` hands on variables of the container,
 * perhaps with what is secret in them: nothing does unless it is said.
 */
const attributes: LogOptions = {
  labels: anyText,
  "labels-regex": anyText,
  env: anyText,
  "env-regex": anyText,
};

const tag = like("must be one line of text, with Docker's templates such as {{.Name}}", /^[^\n\r]+$/);

const facilities = [
  ...["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((number) => `local${number}`),
];

/**
 * Docker's log drivers, each said once: what its options have to be and what happens when a collector is away, as in
 * moby/moby daemon/logger/<driver>, from release 20.10 on. An option of which Docker says nothing before a container
 * starts is checked here all the more.
 */
export const logDrivers = {
  local: {
    options: { "max-size": size, "max-file": wholeOption(1, 1000), compress: yesOrNo },
    preset: { "max-size": "10m", "max-file": "5" },
    problems: ({ "max-file": files, compress }) =>
      files === "1" && compress !== "false"
        ? [["max-file", 'must be at least 2 unless compress is "false"']]
        : [],
  },
  journald: { options: { ...attributes, tag }, ships: true, tagged: true, labelled: true },
  syslog: {
    options: {
      "syslog-address": {
        rule: 'must be "udp://host:514", or tcp://, tcp+tls:// or unix:///dev/log',
        holds: (text) => addressOf(text, syslogSchemes, syslogPort) !== undefined,
      },
      "syslog-facility": {
        rule: `must be one of ${facilities.join(", ")}, or a number from 0 to 23`,
        holds: (text) => facilities.includes(text) || wholeOption(0, 23).holds(text),
      },
      "syslog-format": choice("rfc3164", "rfc5424", "rfc5424micro"),
      "syslog-tls-ca-cert": machineFile,
      "syslog-tls-cert": machineFile,
      "syslog-tls-key": machineFile,
      // That it is there says so, whatever it says (syslog.go, parseTLSConfig).
      "syslog-tls-skip-verify": like('must be "true", or left out', /^true$/),
      tag,
    },
    // Docker's own default has neither the year nor the zone nor the machine's name.
    preset: { "syslog-format": "rfc5424micro" },
    ships: true,
    tagged: true,
    awaits: ({ "syslog-address": address }) =>
      unlessDatagram("syslog-address", addressOf(address ?? "unix:///dev/log", syslogSchemes, syslogPort)),
    problems: (options) => {
      const unread =
        options["syslog-address"]?.startsWith("tcp+tls:") === true ? [] : ["ca-cert", "cert", "key"];
      return unread
        .map((name) => `syslog-tls-${name}`)
        .filter((name) => name in options)
        .map((name) => [name, "must be left out unless syslog-address begins with tcp+tls://"]);
    },
  },
  fluentd: {
    options: {
      ...attributes,
      tag,
      "fluentd-address": {
        rule: 'must be "host:24224", or tcp://, tls:// or unix:///path',
        holds: (text) => fluentdAddress(text) !== undefined,
      },
      "fluentd-async": yesOrNo,
      "fluentd-async-reconnect-interval": { ...reconnectInterval, since: "23.0" },
      "fluentd-buffer-limit": size,
      "fluentd-max-retries": wholeOption(1, 2 ** 31 - 1),
      "fluentd-request-ack": yesOrNo,
      "fluentd-retry-wait": duration,
      "fluentd-sub-second-precision": yesOrNo,
      "fluentd-write-timeout": { ...duration, since: "28.2" },
      "fluentd-read-timeout": { ...duration, since: "29.0" },
    },
    preset: {
      // Without it a container starts only while a collector answers, and ends its wait for one never.
      "fluentd-async": "true",
      "fluentd-retry-wait": "1s",
      "fluentd-sub-second-precision": "true",
      // Of lines, whatever its unit says, and a container's: Docker's own default of a million takes 8 MB of the
      // engine's memory before the first line (fluent/fluent-logger-golang, `pending`).
      "fluentd-buffer-limit": "8192",
    },
    ships: true,
    tagged: true,
    labelled: true,
    awaits: ({ "fluentd-async": async, "fluentd-address": address = `127.0.0.1:${fluentdPort}` }) =>
      async === "true" ? undefined : unlessDatagram("fluentd-address", fluentdAddress(address)),
  },
  gelf: {
    options: {
      ...attributes,
      tag,
      "gelf-address": required({
        rule: 'must be "udp://host:12201", or tcp:// and a port',
        holds: (text) => addressOf(text, ["udp", "tcp"]) !== undefined,
      }),
      "gelf-compression-type": choice("gzip", "zlib", "none"),
      "gelf-compression-level": wholeOption(-1, 9),
      "gelf-tcp-max-reconnect": wholeOption(0, 1000),
      "gelf-tcp-reconnect-delay": wholeOption(0, 1000),
    },
    ships: true,
    tagged: true,
    labelled: true,
    awaits: ({ "gelf-address": address = "" }) =>
      unlessDatagram("gelf-address", addressOf(address, ["udp", "tcp"])),
    problems: (options) => {
      const udp = options["gelf-address"]?.startsWith("udp:") === true;
      const [other, scheme] = udp ? ["gelf-tcp-", "tcp"] : ["gelf-compression-", "udp"];
      return Object.keys(options)
        .filter((name) => name.startsWith(other))
        .map((name) => [name, `must be left out unless gelf-address begins with ${scheme}://`]);
    },
  },
  awslogs: {
    options: {
      tag: like("must be a log stream's name without : and *, with Docker's templates", /^[^:*\n\r]+$/),
      "awslogs-group": required(like('must be a log group such as "/acme/prod"', /^[\w./#-]{1,512}$/)),
      "awslogs-region": required(
        like('must be a region such as "eu-central-1"', /^[a-z]{2,4}(?:-[a-z]+)+-\d$/),
      ),
      // Several containers can't write into one.
      "awslogs-stream": {
        rule: "must be left out: a container's stream is named by tag",
        holds: () => false,
      },
      "awslogs-create-group": yesOrNo,
      // Docker 28 says of it that it doesn't know it (moby/moby#50468).
      "awslogs-create-stream": { ...yesOrNo, since: "29.0" },
      "awslogs-endpoint": like('must be a URL such as "https://logs.example.org"', /^https?:\/\/[^\s/]+/),
      "awslogs-credentials-endpoint": like("must be a path", /^\/\S+$/),
      "awslogs-datetime-format": anyText,
      "awslogs-multiline-pattern": anyText,
      "awslogs-force-flush-interval-seconds": wholeOption(1, 3600),
      "awslogs-max-buffered-events": wholeOption(1, 1_000_000),
      "awslogs-format": { ...choice("json/emf"), since: "23.0" },
    },
    ships: true,
    tagged: true,
    problems: (options) => {
      const several = ["awslogs-datetime-format", "awslogs-multiline-pattern", "awslogs-format"].filter(
        (name) => name in options,
      );
      return several.slice(1).map((name) => [name, `must be left out beside ${several[0]}`]);
    },
  },
  gcplogs: {
    options: {
      ...attributes,
      "gcp-project": required(
        like('must be a project id such as "acme-prod"', /^[a-z][a-z0-9:.-]{4,}[a-z0-9]$/),
      ),
      "gcp-log-cmd": yesOrNo,
      "gcp-meta-zone": anyText,
      "gcp-meta-name": anyText,
      "gcp-meta-id": anyText,
    },
    ships: true,
    labelled: true,
  },
  splunk: {
    options: {
      ...attributes,
      tag,
      "splunk-url": required(
        like('must be "https://host:8088"', /^https?:\/\/(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?\/?$/i),
      ),
      "splunk-token": required(anyText, { secret: true }),
      "splunk-source": anyText,
      "splunk-sourcetype": anyText,
      "splunk-index": anyText,
      "splunk-capath": machineFile,
      "splunk-caname": anyText,
      "splunk-insecureskipverify": yesOrNo,
      "splunk-format": choice("inline", "json", "raw"),
      "splunk-verify-connection": yesOrNo,
      "splunk-gzip": yesOrNo,
      "splunk-gzip-level": wholeOption(-1, 9),
      "splunk-index-acknowledgment": yesOrNo,
    },
    // Else Docker asks before each start, and starts nothing without an answer.
    preset: { "splunk-verify-connection": "false" },
    ships: true,
    tagged: true,
    labelled: true,
    awaits: ({ "splunk-verify-connection": verified, "splunk-url": url = "" }) =>
      verified === "false" ? undefined : webAddress("splunk-url", url),
  },
} as const satisfies Record<string, LogDriver>;

export type LogDriverName = keyof typeof logDrivers;

/** Docker's files of its own, compressed and bounded: nobody has to collect anything. */
export const defaultLogDriver: LogDriverName = "local";

export const logDriverNames = Object.keys(logDrivers) as LogDriverName[];

/** What Docker takes with every driver (moby/moby daemon/logger/factory.go, loggerutils/cache). */
export const commonOptions: LogOptions = {
  mode: choice("non-blocking", "blocking"),
  "max-buffer-size": size,
};

/**
 * Of drivers that Docker can't read back: it keeps what `docker logs` shows in files of its own. Their size is its
 * default, five of 20 MB, because it reads no option for it.
 */
const cacheOptions: LogOptions = { "cache-disabled": yesOrNo };

/**
 * Lines that wait for a collector are dropped rather than hold the application that writes them; so many bytes of a
 * container's wait in the engine's memory.
 */
const shipping: Options = { mode: "non-blocking", "max-buffer-size": "4m" };

export function logDriver(name: LogDriverName): LogDriver {
  return logDrivers[name];
}

/** Every option that a driver takes. */
export function optionsOf(name: LogDriverName): LogOptions {
  const { options, ships = false } = logDriver(name);
  return { ...options, ...commonOptions, ...(ships && name !== "journald" && cacheOptions) };
}

/** What is said, and what Berth sets beside it. */
export function completedOptions(name: LogDriverName, given: Options): Options {
  const { preset, ships = false } = logDriver(name);
  // Docker refuses a buffer's size where there is no buffer.
  const waiting = ships && given.mode !== "blocking" ? shipping : {};
  return { ...waiting, ...preset, ...given };
}

function fluentdAddress(text: string): Address | undefined {
  return addressOf(text.includes("://") ? text : `tcp://${text}`, fluentdSchemes, fluentdPort);
}

/** Nobody has to answer a datagram. */
function unlessDatagram(option: string, address: Address | undefined) {
  return address === undefined || address.scheme === "udp" ? undefined : { option, place: address.place };
}

function webAddress(option: string, url: string) {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === "https:" ? 443 : 80;
  return {
    option,
    place: { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? usual : Number(port) },
  };
}
