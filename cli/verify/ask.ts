/** What an HTTP server said; `status` is 0 when it said nothing. */
export interface Answer {
  status: number;
  body: string;
}

/** What {@link askCommand} prints where it has nothing to ask with. */
export const noClient = "no HTTP client in this image";

/**
 * A shell command that asks a URL from inside a container with whichever client its image has, through a unix socket if
 * one is given, and prints the body and, on the last line, the status. wget knows no sockets.
 */
export function askCommand(url: string, socket?: string): string[] {
  const ways = {
    curl: `curl -sS -m 8 ${socket === undefined ? "" : `--unix-socket '${socket}' `}-w '\\n%{http_code}' '${url}' 2>&1`,
    python3: `python3 -c '${python(url, socket)}'`,
    node: `node -e '${node(url, socket)}'`,
    ...(socket === undefined && {
      wget: `{ wget -q -T 8 -O - '${url}' && printf '\\n200'; } || wget -q -S -T 8 -O /dev/null '${url}' 2>&1`,
    }),
  };
  const chain = Object.entries(ways).map(
    ([tool, run]) => `command -v ${tool} >/dev/null && { ${run}; exit; }`,
  );
  return ["/bin/sh", "-c", [...chain, `printf '${noClient}\\n0'`].join("; ")];
}

/**
 * The same of a page, asked inside the proxy that is to serve it, wherever its name leads and whoever signed its
 * certificate. Of the clients curl alone can.
 */
export function ownPageCommand(url: string): string[] {
  const run = `curl -sS -k -m 8 --connect-to '::127.0.0.1:' -w '\\n%{http_code}' '${url}' 2>&1`;
  return ["/bin/sh", "-c", `command -v curl >/dev/null && { ${run}; exit; }; printf '${noClient}\\n0'`];
}

function python(url: string, socket: string | undefined): string {
  const { host, pathname, search } = new URL(url);
  const target = socket ?? "";
  return [
    "import http.client as h, socket as s",
    `c = h.HTTPConnection("${host}", timeout=8)`,
    ...(socket === undefined
      ? []
      : ["c.sock = s.socket(s.AF_UNIX)", "c.sock.settimeout(8)", `c.sock.connect("${target}")`]),
    `c.request("GET", "${pathname}${search}")`,
    "r = c.getresponse()",
    `print(r.read().decode(errors="replace"))`,
    "print(r.status)",
  ].join("\n");
}

function node(url: string, socket: string | undefined): string {
  const options = socket === undefined ? "{}" : `{ socketPath: "${socket}" }`;
  return `require("http").get("${url}", ${options}, (r) => { let b = ""; r.on("data", (d) => (b += d)).on("end", () => console.log(b + "\\n" + r.statusCode)); }).on("error", (e) => console.log(e.message + "\\n0"))`;
}

/** Reads what {@link askCommand} printed. */
export function answerIn(output: string): Answer {
  const text = output.trimEnd();
  const split = text.lastIndexOf("\n");
  const status = Number(text.slice(split + 1));
  if (text !== "" && Number.isInteger(status))
    return { status, body: text.slice(0, Math.max(split, 0)).trim() };
  // wget tells a status that isn't 200 among the headers.
  const refused = /HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
  return { status: Number(refused ?? 0), body: text };
}

/** An image `FROM scratch` has no shell to ask with either; what the engine says of that (runc, exec) is no answer. */
export function withoutShell(answer: Answer): Answer {
  const missing = answer.status === 0 && /unable to start container process.*\bsh\b/s.test(answer.body);
  return missing ? { status: 0, body: noClient } : answer;
}
