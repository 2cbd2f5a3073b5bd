import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { test } from "vitest";
import { wayOf } from "../../../cli/docker/machines.ts";
import { whySession } from "../../../cli/docker/remote.ts";
import {
  accessCommand,
  connection,
  controlPath,
  isPublicKey,
  sshArguments,
} from "../../../components/ssh/connection.ts";
import { explain } from "../../../components/ssh/errors.ts";
import { hostKeyFrom, keyFingerprint } from "../../../components/ssh/hostKey.ts";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
const target = { address: "203.0.113.7", user: "ops", hostKey };

/** What ssh itself makes of the options, key → value. */
async function effective(words: string[]): Promise<Map<string, string>> {
  const { stdout } = await execa("ssh", ["-F", "none", "-G", ...words]);
  return new Map(
    stdout.split("\n").map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]),
  );
}

test("the docker provider's address holds user, host and port, with IPv6 in brackets", () => {
  assert.equal(connection(target).url, "ssh://ops@203.0.113.7");
  assert.equal(
    connection({ ...target, address: "2001:db8::7", port: 2222 }).url,
    "ssh://ops@[2001:db8::7]:2222",
  );
});

test("ssh checks the pinned key and nothing else, asks nobody, and gives up in bounded time", async () => {
  const seen = await effective(sshArguments(connection(target)));
  const wanted = {
    batchmode: "yes",
    stricthostkeychecking: "true",
    globalknownhostsfile: "none",
    userknownhostsfile: "none",
    hostkeyalias: "berth",
    updatehostkeys: "false",
    connecttimeout: "10",
    serveraliveinterval: "10",
    serveralivecountmax: "3",
    forwardagent: "no",
    clearallforwardings: "yes",
    controlmaster: "false",
    user: "ops",
    port: "22",
    hostname: "203.0.113.7",
  };
  for (const [option, value] of Object.entries(wanted)) assert.equal(seen.get(option), value, option);
});

test("a host key's comment doesn't reach the options, and a path is a known_hosts file", () => {
  const { options } = connection({ ...target, hostKey: `${hostKey} root@old name` });
  assert.ok(options.includes(`KnownHostsCommand=/bin/echo berth ${hostKey}`));
  const byFile = connection({ ...target, hostKey: "~/.ssh/known_hosts" }).options;
  assert.ok(byFile.includes("UserKnownHostsFile=~/.ssh/known_hosts"));
  assert.ok(!byFile.some((option) => /^(?:KnownHostsCommand|HostKeyAlias)/.test(option)));
});

test("what state keeps is the same for whoever runs it, and short enough for a socket", () => {
  const { options } = connection(target);
  assert.deepEqual(options, connection({ ...target }).options);
  assert.ok(
    !options.some((option) => option.includes(tmpdir()) || option.includes(process.env.HOME ?? "/root")),
  );
  assert.match(controlPath(target), /^~\/\.ssh\/berth-[0-9a-f]{16}$/);
  assert.notEqual(controlPath(target), controlPath({ ...target, hostKey: "~/.ssh/known_hosts" }));
});

test("a named key is used alone, a tunnel and a jump host check keys too", () => {
  const options = (more: object) => connection({ ...target, ...more }).options;
  assert.ok(options({ key: "~/.ssh/deploy" }).includes("IdentityFile=~/.ssh/deploy"));
  assert.ok(options({ key: "~/.ssh/deploy" }).includes("IdentitiesOnly=yes"));
  assert.ok(options({ proxyCommand: "tunnel %h %p" }).includes("ProxyCommand=tunnel %h %p"));
  assert.ok(
    options({ jump: "ops@bastion.example.org:2200" }).includes(
      "ProxyCommand=ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -p 2200 -W [%h]:%p ops@bastion.example.org",
    ),
  );
});

test("a key's path may hold a space, a quote and a per cent sign", async () => {
  for (const key of ["/home/me/my keys/deploy", '/k/100%/a "b"', "/k/plain"]) {
    const words = connection({ ...target, key }).options;
    assert.equal(
      (await effective([...words, "203.0.113.7"])).get("identityfile"),
      key.replaceAll("%", "%%"),
      key,
    );
    const way = wayOf({ host: "ssh://ops@203.0.113.7", sshOpts: words });
    assert.equal(way?.target.key, key);
  }
});

test("an alias keeps the port, the name and the way that ssh's configuration gives it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-test-"));
  try {
    const config = join(folder, "config");
    await writeFile(config, "Host shop\n  HostName 203.0.113.9\n  Port 2222\n  ProxyJump ops@bastion\n");
    const seen = async (port?: number) => {
      const words = sshArguments(connection({ ...target, address: "shop", port }));
      const { stdout } = await execa("ssh", ["-F", config, "-G", ...words]);
      return stdout.split("\n").filter((line) => /^(?:hostname|port|proxyjump) /.test(line));
    };
    assert.deepEqual(await seen(), ["hostname 203.0.113.9", "port 2222", "proxyjump ops@bastion"]);
    // A port that is written is meant.
    assert.deepEqual(await seen(22), ["hostname 203.0.113.9", "port 22", "proxyjump ops@bastion"]);
    assert.equal(
      wayOf({ host: connection({ ...target, address: "shop" }).url, sshOpts: [] })?.target.port,
      undefined,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a session to Docker that ends by itself says why, in ssh's words or the machine's", () => {
  const way = connection(target);
  const engine = (got: string) =>
    `host: must have a Docker Engine that ops may use, got "${got}"; run berth setup`;
  assert.equal(whySession(127, "sh: 1: docker: not found\n", way), engine("sh: 1: docker: not found"));
  assert.equal(whySession(1, "sudo: a password is required\n", way), engine("sudo: a password is required"));
  assert.equal(
    whySession(255, "client_loop: send disconnect: Broken pipe\n", way),
    "host.address: ops@203.0.113.7 closed the connection; is it starting, or are too many connections open at once",
  );
});

test("a person gets the command as people write it", () => {
  assert.equal(accessCommand(connection(target)), "ssh ops@203.0.113.7");
  assert.equal(
    accessCommand(connection({ ...target, port: 2222, key: "~/.ssh/deploy", proxyCommand: "tunnel %h" })),
    "ssh -p 2222 -i ~/.ssh/deploy -o 'ProxyCommand=tunnel %h' ops@203.0.113.7",
  );
});

test("only what sshd writes is a public key", () => {
  assert.equal(isPublicKey(hostKey), true);
  assert.equal(isPublicKey(`${hostKey} root@vm`), true);
  for (const wrong of [
    "",
    "ssh-ed25519",
    "SHA256:abc",
    `${hostKey}\nssh-rsa AAAA`,
    "ssh-dss AAAA",
    "~/.ssh/known_hosts",
  ]) {
    assert.equal(isPublicKey(wrong), false, wrong);
  }
});

test("a seed makes the pair that OpenSSH reads, always the same", async () => {
  const seed = Buffer.alloc(32, 7).toString("base64");
  const pair = hostKeyFrom(seed);
  assert.deepEqual(pair, hostKeyFrom(seed));
  const folder = await mkdtemp(join(tmpdir(), "berth-test-"));
  try {
    const file = join(folder, "key");
    await writeFile(file, pair.privateKey, { mode: 0o600 });
    assert.equal((await execa("ssh-keygen", ["-y", "-f", file])).stdout, pair.publicKey);
    const { stdout } = await execa("ssh-keygen", ["-l", "-f", file]);
    assert.equal(stdout.split(" ")[1], keyFingerprint(pair.publicKey));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a seed of another length is refused", () => {
  assert.throws(() => hostKeyFrom(Buffer.alloc(31).toString("base64")), {
    message: "seed: must be 32 bytes in base64, got 31",
  });
});

test("every way in which ssh fails says what to do", () => {
  const place = "ops@203.0.113.7";
  const shown = keyFingerprint(hostKey);
  const cases: [string, string][] = [
    [
      `@@@\nWARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\nThe fingerprint for the ED25519 key sent by the remote host is\n${shown}.\nHost key verification failed.`,
      `host.hostKey: must be the key of ${place}, which shows another one; if the machine was rebuilt, compare and accept ` +
        `its new key with berth setup --host-key ${shown}, otherwise somebody is in between`,
    ],
    [
      `${place}: Permission denied (publickey).`,
      `host.key: must be a key that ${place} accepts, got what the agent offers; add its public half to ` +
        "~ops/.ssh/authorized_keys there, or name another",
    ],
    [
      "ssh: Could not resolve hostname nowhere.invalid: Name or service not known",
      `host.address: must be a name that resolves, got ${place}; look for a typing error or use the address`,
    ],
    [
      "ssh: connect to host 203.0.113.7 port 22: Connection refused",
      `host.address: nothing listens for ssh at ${place}; is sshd running, is the port right`,
    ],
    [
      "ssh: connect to host 203.0.113.7 port 22: Connection timed out",
      `host.address: ${place} doesn't answer; is it on, and does its firewall let this machine in`,
    ],
    [
      "kex_exchange_identification: read: Connection reset by peer",
      `host.address: ${place} closed the connection; is it starting, or are too many connections open at once`,
    ],
    ["something new\n", `host: ssh to ${place} failed, something new`],
  ];
  for (const [stderr, message] of cases) assert.equal(explain(stderr, target), message);
});

test("a way that fails before the machine is named, and not the machine", () => {
  const place = "ops@203.0.113.7";
  const jump = "ops@bastion.example.org";
  const ended =
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n";
  const through = (stderr: string) => explain(`${stderr}\n${ended}`, { ...target, jump });
  const rest = `of ${jump}; see that ssh ${jump} goes in without a question`;
  for (const words of [
    "Host key verification failed.",
    `${jump}: Permission denied (publickey).`,
    "ssh: connect to host bastion.example.org port 22: Connection refused",
  ])
    assert.equal(through(words), `host.jump: must lead to ${place}, got "${words}" ${rest}`);
  assert.equal(through(""), `host.jump: must lead to ${place}, got no words ${rest}`);
  assert.equal(
    explain(`sh: 1: tunel: not found\n${ended}`, { ...target, proxyCommand: "tunel %h" }),
    `host.proxyCommand: must lead to ${place}, got "sh: 1: tunel: not found"`,
  );
  assert.match(explain(`${place}: Permission denied (publickey).`, { ...target, jump }), /^host\.key: /);
});
