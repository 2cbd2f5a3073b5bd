/** What an HTTP server said; `status` is 0 when it said nothing. */
export interface Answer {
  status: number;
  body: string;
}

/**
 * A shell command that asks a URL from inside a container with whichever client its image has, and prints the body
 * and, on the last line, the status. wget tells success only.
 */
export function askCommand(url: string): string[] {
  const ways = {
    curl: `curl -sS -m 8 -w '\\n%{http_code}' '${url}' 2>&1`,
    python3: `python3 -c '${python(url)}'`,
    node: `node -e 'fetch("${url}").then(async (r) => console.log(await r.text() + "\\n" + r.status), (e) => console.log(e.message + "\\n0"))'`,
    wget: `wget -q -T 8 -O - '${url}' && printf '\\n200'`,
  };
  const chain = Object.entries(ways).map(([tool, run]) => `command -v ${tool} >/dev/null && exec ${run}`);
  return ["/bin/sh", "-c", [...chain, `printf 'no HTTP client in this image\\n0'`].join("; ")];
}

function python(url: string): string {
  return [
    "import urllib.request as u, urllib.error as e",
    "try:",
    ` r = u.urlopen("${url}", timeout=8); print(r.read().decode()); print(r.status)`,
    "except e.HTTPError as r:",
    " print(r.read().decode()); print(r.code)",
  ].join("\n");
}

/** Reads what {@link askCommand} printed. */
export function answerIn(output: string): Answer {
  const text = output.trimEnd();
  const split = text.lastIndexOf("\n");
  const status = Number(text.slice(split + 1));
  return Number.isInteger(status)
    ? { status, body: text.slice(0, Math.max(split, 0)).trim() }
    : { status: 0, body: text };
}
