import assert from "node:assert/strict";
import { execa } from "execa";
import { test } from "vitest";
import { script } from "../../../components/machine/scripts.ts";

/** What the check of the proxy's ports ends with on a machine where programs, each with its port, listen. */
async function unheld(ports: string, listening: Record<string, number>): Promise<string> {
  const row = (name: string, port: number) =>
    `LISTEN 0 511 *:${port} *:* users:(("${name}",pid=812,fd=4),("${name}",pid=813,fd=4))`;
  const rows = Object.entries(listening).map(
    ([name, port]) => `'sport = :${port}') echo '${row(name, port)}' ;;`,
  );
  const stubs = ['fail() { echo "$1"; exit 1; }', `ss() { case $2 in ${rows.join(" ")} esac; }`];
  const text = ["set -eu", `public_ports='${ports}'`, ...stubs, script("check"), "unheld", "echo free"];
  const { stdout, stderr } = await execa("dash", ["-c", text.join("\n")], { reject: false });
  assert.equal(stderr, "");
  return stdout;
}

const refused = (port: number, holder: string) =>
  `host: must have port ${port} free for the proxy, got "${holder}"; stop that on the machine, for example with systemctl disable --now`;

test("setup refuses a server whose own program holds a port of the proxy's, 443 as 80", async () => {
  assert.equal(await unheld("80 443", { apache2: 80 }), refused(80, "apache2, pid 812"));
  assert.equal(await unheld("80 443", { caddy: 443 }), refused(443, "caddy, pid 812"));
  assert.equal(await unheld("80 443", { caddy: 443, "docker-proxy": 80 }), refused(443, "caddy, pid 812"));
});

test("Docker may hold the proxy's ports, and anybody those that the proxy has no use for", async () => {
  assert.equal(await unheld("80 443", {}), "free");
  assert.equal(await unheld("80 443", { "docker-proxy": 443, dockerd: 80, postgres: 5432 }), "free");
  assert.equal(await unheld("80", { caddy: 443 }), "free");
  assert.equal(await unheld("", { apache2: 80, caddy: 443 }), "free");
});
