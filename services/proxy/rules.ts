import { isIP } from "node:net";

/** What may stand in the text is said by allowed characters, so that no value can end a directive or a quote. */
const patterns = {
  name: /^(?!unix$|localhost$)[A-Za-z][A-Za-z0-9._-]{0,62}$/,
  host: /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  server: /^(?:[A-Za-z0-9][A-Za-z0-9._-]*:(\d{1,5})|unix:(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+)$/,
  path: /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\/?$/,
  route:
    /^\/(?:(?:\.well-known|[A-Za-z0-9_~@+,=-][A-Za-z0-9._~@+,=-]*)(?:\/[A-Za-z0-9_~@+,=-][A-Za-z0-9._~@+,=-]*)*\/?)?$/,
  redirect: /^(?:https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)?\/[A-Za-z0-9._~@+,=%/?&#-]*$/,
  text: /^[ !#%-[\]-~]*$/,
  headerText: /^[ -#%-[\]-~]*$/,
};

/** An IPv4 or IPv6 address, or a block of them. */
export function isBlock(value: unknown): value is string {
  if (typeof value !== "string" || value.includes("%")) return false;
  const [address = "", length, ...more] = value.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128));
}

/** One line that nginx takes between quotes. */
export function isHeaderText(value: string): boolean {
  return patterns.headerText.test(value);
}

/** What a route may lead from. */
export function isRoutePath(value: unknown): value is string {
  return typeof value === "string" && patterns.route.test(value);
}

/** Collects problems below one place of a model. A value that is left out is no problem. */
export class Report {
  constructor(
    readonly problems: string[] = [],
    private readonly place = "",
  ) {}

  below(place: string): Report {
    return new Report(this.problems, `${this.place}${place}.`);
  }

  say(key: string, problem: string): void {
    this.problems.push(`${this.place}${key}: ${problem}`);
  }

  match(key: string, value: string | undefined, pattern: RegExp, rule: string): void {
    this.must(pattern.test(value ?? ""), key, rule, value);
  }

  whole(key: string, value: number | undefined, least: number, most: number): void {
    const fits = Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
    this.must(fits, key, `be a whole number from ${least} to ${most}`, value);
  }

  oneOf(key: string, value: string | number | undefined, choices: readonly (string | number)[]): void {
    const list = choices.map((choice) => JSON.stringify(choice)).join(", ") || "none";
    this.must(choices.includes(value ?? ""), key, `be one of ${list}`, value);
  }

  unique(key: string, what: string, values: readonly (string | number)[]): void {
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    this.must(twice === undefined, key, `name each ${what} once`, twice);
  }

  port(key: string, value: number | undefined): void {
    this.whole(key, value, 1, 65535);
  }

  name(key: string, value: string): void {
    this.match(key, value, patterns.name, 'be letters, digits, ".", "_" or "-" after a letter, at most 63');
  }

  host(key: string, value: string): void {
    this.match(key, value, patterns.host, 'be a host in lower case such as "example.com" or "*.example.com"');
  }

  server(key: string, value: string): void {
    const [matches, port] = patterns.server.exec(value) ?? [];
    const sound =
      matches !== undefined && (port === undefined || (Number(port) >= 1 && Number(port) <= 65535));
    this.must(sound, key, 'be "name:port" or "unix:/path"', value);
  }

  path(key: string, value: string | undefined): void {
    this.match(key, value, patterns.path, 'be an absolute path of letters, digits, ".", "_" and "-"');
  }

  route(key: string, value: string): void {
    this.match(key, value, patterns.route, 'begin with "/" and hold letters, digits and ._~@+,=- only');
  }

  redirect(key: string, value: string): void {
    this.match(key, value, patterns.redirect, 'be "https://host/path" or "/path"');
  }

  cidr(key: string, value: string): void {
    this.must(isBlock(value), key, 'be an address or a block such as "10.0.0.0/8"', value);
  }

  headerText(key: string, value: string): void {
    this.must(isHeaderText(value), key, "be printable ASCII without $ and backslash", value);
  }

  text(key: string, value: string | undefined): void {
    this.match(key, value, patterns.text, 'be printable ASCII without ", $ and backslash');
  }

  private must(holds: boolean, key: string, rule: string, value: unknown): void {
    if (value !== undefined && !holds) this.say(key, `must ${rule}, got ${JSON.stringify(value)}`);
  }
}
