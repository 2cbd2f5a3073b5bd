/** What an image says of the process it is made for. */
export interface ImageConfig {
  /** As its USER says: name or number, with a group or without; empty for root. */
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  labels: Readonly<Record<string, string>>;
  /** TCP ports that it exposes. */
  ports: readonly number[];
  /** Paths for which Docker makes a volume of its own. */
  volumes: readonly string[];
  /** Absent where it has none, or switches its parent's off. */
  healthcheck?: ImageHealthcheck;
}

/** Seconds are whole; absent is Docker's own default. */
export interface ImageHealthcheck {
  test: string[];
  interval?: number;
  timeout?: number;
  retries?: number;
}

/**
 * Reads what an engine calls `Config` and a registry `config`, which are the same
 * (https://github.com/opencontainers/image-spec/blob/main/config.md; HEALTHCHECK is Docker's own).
 */
export function imageConfig(raw: unknown): ImageConfig {
  const { User, Entrypoint, Cmd, Labels, ExposedPorts, Volumes, Healthcheck } = mapIn(raw);
  const healthcheck = healthcheckIn(mapIn(Healthcheck));
  return {
    user: typeof User === "string" ? User : "",
    entrypoint: texts(Entrypoint),
    command: texts(Cmd),
    labels: Object.fromEntries(
      Object.entries(mapIn(Labels)).filter((one): one is [string, string] => typeof one[1] === "string"),
    ),
    ports: Object.keys(mapIn(ExposedPorts))
      .flatMap((port) => {
        const [, number] = /^(\d+)(?:\/tcp)?$/.exec(port) ?? [];
        return number === undefined ? [] : [Number(number)];
      })
      .sort((a, b) => a - b),
    volumes: Object.keys(mapIn(Volumes)),
    ...(healthcheck && { healthcheck }),
  };
}

function healthcheckIn({ Test, Interval, Timeout, Retries }: Readonly<Record<string, unknown>>) {
  const test = texts(Test);
  const seconds = { interval: secondsIn(Interval), timeout: secondsIn(Timeout) };
  const { interval, timeout } = seconds;
  if (test.length < 2 || !/^CMD(?:-SHELL)?$/.test(test[0] ?? "")) return undefined;
  return {
    test,
    ...(interval !== undefined && { interval }),
    ...(timeout !== undefined && { timeout }),
    ...(typeof Retries === "number" && Retries > 0 && { retries: Retries }),
  };
}

/** Docker counts nanoseconds, and 0 is its default. */
function secondsIn(nanoseconds: unknown): number | undefined {
  return typeof nanoseconds === "number" && nanoseconds > 0 ? Math.ceil(nanoseconds / 1e9) : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function mapIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
