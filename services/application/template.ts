/** Something that a link hands over, named in a text: `${postgres.host}`. */
export interface Reference {
  /** `postgres.host`. */
  name: string;
  /** As it is written. */
  text: string;
  /** It stands within a URL, where some signs mean something else and have to be percent-encoded. */
  inUrl: boolean;
}

/** `$${` is a plain `${`; one that never closes reaches to the end. */
const marks = /\$\$\{|\$\{[^}]*\}?/g;

/** A text in its pieces: what stands for itself, and what stands for something else. */
export function pieces(text: string): (string | Reference)[] {
  const found: (string | Reference)[] = [];
  let end = 0;
  for (const { 0: mark, index } of text.matchAll(marks)) {
    found.push(text.slice(end, index));
    end = index + mark.length;
    const inUrl = /:\/\/\S*$/.test(text.slice(0, index));
    found.push(mark === "$${" ? "${" : { name: nameIn(mark), text: mark, inUrl });
  }
  return [...found, text.slice(end)].filter((piece) => piece !== "");
}

/** One that never closes has no name that anything has. */
function nameIn(mark: string): string {
  return mark.endsWith("}") ? mark.slice(2, -1).trim() : mark;
}

export function references(text: string): Reference[] {
  return pieces(text).filter((piece): piece is Reference => typeof piece !== "string");
}

/** The text with what its references stand for, by their names. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return pieces(text)
    .map((piece) => (typeof piece === "string" ? piece : valueOf(piece, values)))
    .join("");
}

function valueOf({ name, inUrl }: Reference, values: Readonly<Record<string, string>>): string {
  const value = values[name] ?? "";
  if (!inUrl) return value;
  const [service, part] = splitName(name);
  const ports = (values[`${service}.port`] ?? "").split(",");
  if (part === "host") return hostsInUrl(value.split(","), ports);
  if (part === "port") return ports.at(-1) ?? "";
  return encoded.has(part) ? encodeURIComponent(value) : value;
}

export function splitName(name: string): [string, string] {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? ["", name] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** Whatever signs they hold. */
const encoded = new Set(["user", "password", "database", "bucket", "accessKey", "secretKey"]);

/** Of several hosts each but the last brings its own port, so that `${…host}:${…port}` is right whatever there is. */
function hostsInUrl(hosts: readonly string[], ports: readonly string[]): string {
  return hosts
    .map((host, index) => {
      const plain = host.includes(":") ? `[${host}]` : encodeURIComponent(host);
      return index < hosts.length - 1 ? `${plain}:${ports[index] ?? ports.at(-1) ?? ""}` : plain;
    })
    .join(",");
}
