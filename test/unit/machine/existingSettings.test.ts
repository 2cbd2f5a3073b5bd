import assert from "node:assert/strict";
import { execa } from "execa";
import { test } from "vitest";
import { hostsToPrepare } from "../../../cli/setup/host.ts";
import { closedProblem, heldProblem } from "../../../cli/preflight/serverPort.ts";
import { firewallScript } from "../../../components/machine/setupScript.ts";
import { origin } from "../../../stack/outputs.ts";
import { existingTarget, parseLogin } from "../../../components/hosts/existing/settings.ts";
import { parseSettings, SettingsError } from "../../../settings.ts";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const valid = {
  kind: "existing",
  address: "ops@203.0.113.7",
  hostKey,
  capacity: { cpus: 4, memory: 8000 },
};

/** What the settings say when one key is wrong. */
function problems(change: Record<string, unknown>): readonly string[] {
  try {
    parseSettings({ host: { ...valid, ...change } });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("an existing server needs an address, its key and its size, and the rest has defaults", () => {
  assert.deepEqual(parseSettings({ host: valid }).host, {
    ...valid,
    capacity: { cpus: 4, memory: 8000, gpus: 0 },
    gpu: false,
    ssh: {},
  });
});

test("each wrong value is named with its rule", () => {
  const address =
    'must be a user and a name or address such as "ops@203.0.113.7" or "ops@app.example.org:2222"';
  const key =
    'must be the machine\'s public key such as "ssh-ed25519 AAAA…" or the path of a known_hosts file; berth setup shows it';
  const networks = 'must be networks such as ["203.0.113.0/24"]';
  const cases: [Record<string, unknown>, string][] = [
    [{ address: "203.0.113.7" }, `host.address: ${address}, got "203.0.113.7"`],
    [{ address: "ops@203.0.113.7:0" }, `host.address: ${address}, got "ops@203.0.113.7:0"`],
    [{ address: "ops@-oProxyCommand=x" }, `host.address: ${address}, got "ops@-oProxyCommand=x"`],
    [{ hostKey: "SHA256:abc" }, `host.hostKey: ${key}, got "SHA256:abc"`],
    [{ hostKey: undefined }, `host.hostKey: ${key}, got nothing`],
    [
      { privateAddress: "203.0.113.8" },
      'host.privateAddress: must be an IPv4 address of a private network such as "10.0.0.5", got "203.0.113.8"',
    ],
    [{ ipv6: "2001:db8::7" }, 'host.ipv6: must be true or false, got "2001:db8::7"'],
    [{ jump: "bastion" }, `host.jump: ${address}, got "bastion"`],
    [{ capacity: { cpus: 0, memory: 8000 } }, "host.capacity.cpus: must be a number from 0.5 to 1024, got 0"],
    [
      { capacity: undefined },
      "host.capacity: must be what the machine has, which berth setup asks it and writes down, got nothing",
    ],
    [{ ssh: { allowFrom: ["203.0.113.7"] } }, `host.ssh.allowFrom: ${networks}, got ["203.0.113.7"]`],
    [{ ssh: { allowFrom: [] } }, `host.ssh.allowFrom: ${networks}, got []`],
  ];
  for (const [change, problem] of cases) assert.deepEqual(problems(change), [problem]);
});

test("the url of an IPv6 address has brackets", () => {
  assert.equal(origin("2001:db8::7", { http: 80 }), "http://[2001:db8::7]");
  assert.equal(origin("2001:db8::7", { http: 8080 }), "http://[2001:db8::7]:8080");
  assert.equal(origin("203.0.113.7", { http: 80 }), "http://203.0.113.7");
  assert.equal(origin("203.0.113.7", { http: 80, https: 443 }), "https://203.0.113.7");
  assert.equal(origin("127.0.0.1", { http: 8080, https: 8443 }), "https://localhost:8443");
});

const led = (address: string, got = "nothing") => [
  `host.ipv6: must be true where the public is led to ${address}, an IPv6 address; or say an IPv4 address or a name as host.publicAddress, got ${got}`,
];

test("a server that the public reaches by an IPv6 address has to answer there", () => {
  const byIpv6 = { address: "ops@[2001:db8::7]" };
  assert.deepEqual(problems(byIpv6), led("2001:db8::7"));
  assert.deepEqual(problems({ address: "ops@[2001:db8::7]:2222", ipv6: false }), led("2001:db8::7", "false"));
  assert.deepEqual(problems({ publicAddress: "2001:db8::8" }), led("2001:db8::8"));
  assert.deepEqual(problems({ ...byIpv6, ipv6: true }), []);
  assert.deepEqual(problems({ publicAddress: "2001:db8::8", ipv6: true }), []);
  for (const publicAddress of ["203.0.113.7", "app.example.org"])
    assert.deepEqual(problems({ ...byIpv6, publicAddress }), []);
});

test("setup says so before it prepares the server, and lets a machine beside be reached so", () => {
  const host = { kind: "existing", address: "ops@[2001:db8::7]" };
  const config = { "berth:host": host };
  assert.throws(() => hostsToPrepare(config), { problems: led("2001:db8::7") });
  const answering = { ...host, ipv6: true, privateAddress: "10.0.0.4" };
  assert.equal(hostsToPrepare({ "berth:host": answering }).host.ipv6, true);
  const gpu = { address: "ops@[2001:db8::8]", privateAddress: "10.0.0.5" };
  assert.deepEqual(Object.keys(hostsToPrepare({ "berth:host": answering, "berth:hosts": { gpu } }).hosts), [
    "gpu",
  ]);
  const first = { ...valid, privateAddress: "10.0.0.4" };
  const beside = { gpu: { ...gpu, hostKey, capacity: valid.capacity } };
  const { hosts } = parseSettings({
    system: "vru",
    host: first,
    hosts: beside,
    placement: { "ml-engine": "gpu" },
  });
  assert.deepEqual(Object.keys(hosts), ["gpu"]);
});

test("what the public is led to is a name or an address, without brackets or a scheme", () => {
  const good = ["203.0.113.7", "app.example.org", "cellar", "xn--bcher-kva.example", "7.example.org"];
  for (const publicAddress of good) assert.deepEqual(problems({ publicAddress }), [], publicAddress);
  const bad = [
    "[2001:db8::7]",
    "fe80::7%eth0",
    "https://app.example.org",
    "app.example.org:8080",
    "203.0.113.256",
    "a b",
    "-a.example",
  ];
  for (const publicAddress of bad) {
    assert.deepEqual(problems({ publicAddress }), [
      `host.publicAddress: must be a name or address such as "203.0.113.7", "2001:db8::7" or "app.example.org", got "${publicAddress}"`,
    ]);
  }
});

test("a process that holds the proxy's port is a problem, Docker for a container is none", () => {
  const row = (name: string) =>
    `LISTEN 0 511 *:80 *:* users:(("${name}",pid=812,fd=4),("${name}",pid=813,fd=4))\n`;
  assert.equal(
    heldProblem(row("apache2"), "203.0.113.7", 80),
    'host: must have port 80 free for the proxy, got "apache2, pid 812" on 203.0.113.7; stop that there, for example with systemctl disable --now',
  );
  for (const free of ["", row("docker-proxy"), row("dockerd")])
    assert.equal(heldProblem(free, "203.0.113.7", 80), undefined);
});

test("a firewall from before TLS is a problem, one with 443 and a server without rules of ours are none", async () => {
  const machine = { system: "shop", sshFrom: ["198.51.100.0/24"] };
  const printed = async (ports: number[]) =>
    (await execa("sh", ["-s", "print"], { input: firewallScript({ ...machine, ports }) })).stdout;
  assert.equal(
    closedProblem(await printed([80]), "203.0.113.7"),
    "tls: must have port 443 open in the firewall of 203.0.113.7, got one from before TLS; run berth setup",
  );
  assert.equal(closedProblem(await printed([80, 443]), "203.0.113.7"), undefined);
  assert.equal(closedProblem("", "203.0.113.7"), undefined);
});

test("an unknown key is an error that names the known ones", () => {
  assert.deepEqual(problems({ port: 22 }), [
    "host.port: unknown key; known: kind, address, hostKey, key, jump, proxyCommand, publicAddress, privateAddress, ipv6, capacity, gpu, udpPorts, ssh",
  ]);
});

test("ports of the machine's own programs are a list of ports", () => {
  assert.deepEqual(problems({ udpPorts: [51820] }), []);
  assert.deepEqual(problems({ udpPorts: 51820 }), [
    "host.udpPorts: must be a list of ports such as [51820], got 51820",
  ]);
  assert.deepEqual(problems({ udpPorts: [0] }), [
    "host.udpPorts.0: must be a whole number from 1 to 65535, got 0",
  ]);
});

test("one way through at a time", () => {
  assert.deepEqual(problems({ jump: "ops@bastion", proxyCommand: "tunnel" }), [
    'host.jump: must be absent when there is a proxyCommand, got "ops@bastion"',
  ]);
});

test("a login is taken apart, IPv6 by its brackets", () => {
  assert.deepEqual(parseLogin("ops@app.example.org:2222"), {
    user: "ops",
    address: "app.example.org",
    port: 2222,
  });
  assert.deepEqual(parseLogin("ops@[2001:db8::7]"), { user: "ops", address: "2001:db8::7" });
  assert.equal(parseLogin("ops@2001:db8::7"), undefined);
  assert.equal(parseLogin("ops@host:65536"), undefined);
});

test("the settings become what ssh takes", () => {
  const { host } = parseSettings({ host: { ...valid, key: "~/.ssh/deploy" } });
  assert.ok(host.kind === "existing");
  assert.deepEqual(existingTarget(host), {
    user: "ops",
    address: "203.0.113.7",
    hostKey,
    key: "~/.ssh/deploy",
    jump: undefined,
    proxyCommand: undefined,
  });
});
