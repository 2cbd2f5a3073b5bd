import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { execa } from "execa";
import { afterAll, beforeAll, describe, test } from "vitest";
import { diskOf } from "../../cli/docker/disk.ts";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import { diskVerdict } from "../../cli/verify/disk.ts";
import type { Verdict } from "../../cli/verify/verdicts.ts";
import { connection, type Connection } from "../../components/ssh/connection.ts";
import { hostKeyFrom } from "../../components/ssh/hostKey.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { closeMaster, openMaster } from "../../components/ssh/master.ts";
import { remote } from "../../components/ssh/session.ts";
import { cloudConfig } from "../../components/machine/cloudConfig.ts";
import { gateScript } from "../../components/machine/gateScript.ts";
import { quote } from "../../components/machine/scripts.ts";
import { containerProcesses } from "../../components/machine/daemonSettings.ts";
import { accepts, openPorts } from "../standin/ports.ts";
import { startStandin, type Standin } from "../standin/standin.ts";
import { until } from "../tools/wait.ts";
import { machineFor, noStandin, silent } from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();
const hostKey = hostKeyFrom(Buffer.alloc(32, 9).toString("base64"));
const userData = cloudConfig({ ...machineFor("vru"), hostKey });

describe("a machine that cloud-init prepares", skipWhen(skip), () => {
  let standin: Standin;
  let ssh: Connection;
  let gate: Awaited<ReturnType<typeof runGate>>;

  beforeAll(async () => {
    // Docker isn't there yet: cloud-init installs it, as on a fresh image of a cloud.
    standin = await startStandin({ name: "sshtest-cloud", variant: "plain", userData });
    ssh = connection({ ...standin.target, hostKey: hostKey.publicKey });
    gate = await runGate(ssh, 900);
  });

  afterAll(async () => {
    await closeMaster(ssh);
    await standin.destroy();
  });

  test("the gate follows it step by step and lets through when Docker answers", async () => {
    assert.equal(gate.stdout, "ready");
    assert.equal(gate.exitCode, 0);
    const steps = gate.stderr.split("\n").map((line) => line.replace(/^\d+ s: /, ""));
    assert.ok(steps.includes("cloud-init, Docker Engine"), gate.stderr);
    assert.equal(steps.at(-1), "ready");
    assert.match(await remote(ssh, "docker version --format '{{.Server.Version}}'"), /^\d+\.\d+/);
  });

  test("the gate needs one connection that stays", async () => {
    assert.equal((await standin.sshCounts()).accepted, 2);
  });

  test("cloud-init ends without an error", async () => {
    const result: unknown = JSON.parse(await standin.exec("cat /run/cloud-init/result.json"));
    assert.deepEqual((result as { v1: { errors: string[] } }).v1.errors, []);
    assert.match(await standin.exec("cloud-init status"), /^status: done$/m);
  });

  test("cloud-init's own schema check takes the user-data", async () => {
    await standin.exec(`cat >/root/user-data <<'END'\n${userData}END`);
    const report = await standin.exec("cloud-init schema --config-file /root/user-data 2>&1");
    assert.match(report, /^Valid (?:cloud-config|schema)/m);
  });

  test("no unit of the machine has failed", async () => {
    assert.equal(await standin.exec("systemctl --failed --no-legend --plain"), "");
  });

  test("sshd takes keys alone and has room for a whole run", async () => {
    const settings = (await standin.exec("sshd -T")).split("\n");
    for (const line of ["passwordauthentication no", "maxsessions 100", "maxstartups 200:30:200"]) {
      assert.ok(settings.includes(line), line);
    }
  });

  test("Docker is held, and security upgrades leave it alone", async () => {
    assert.match(await standin.exec("apt-mark showhold"), /^docker\.io$|^docker-ce$/m);
    const upgrades = await standin.exec(
      "unattended-upgrade --dry-run --debug 2>&1 | grep -i 'blacklist:' || true",
    );
    const config = await standin.exec("apt-config dump Unattended-Upgrade::Package-Blacklist");
    assert.match(config, /"docker"/, upgrades);
  });

  test("the engine keeps logs bounded and containers alive without it", async () => {
    const info = await standin.exec(
      "docker info --format '{{.LoggingDriver}} {{.LiveRestoreEnabled}} {{json .SecurityOptions}}'",
    );
    assert.match(info, /^local true \["name=seccomp,profile=(?:default|builtin)"/);
  });

  test("the engine's settings are those that keep containers apart, and its own network has them", async () => {
    const daemon = JSON.parse(await standin.exec("cat /etc/docker/daemon.json")) as Record<string, unknown>;
    const named = ["icc", "userland-proxy", "no-new-privileges", "ip"] as const;
    assert.deepEqual(
      named.map((key) => daemon[key]),
      [false, false, true, "127.0.0.1"],
    );
    const bridge = await standin.exec("docker network inspect bridge --format '{{json .Options}}'");
    const options = JSON.parse(bridge) as Record<string, string>;
    assert.equal(options["com.docker.network.bridge.enable_icc"], "false");
    assert.equal(options["com.docker.network.bridge.host_binding_ipv4"], "127.0.0.1");
  });

  test("only ssh is open, of all 65,535 ports", async () => {
    assert.deepEqual(await openPorts(standin.address), [22]);
  });

  test("the gate fails at its deadline and says where the machine was", async () => {
    await standin.exec("systemctl stop docker docker.socket");
    const { exitCode, stderr } = await runGate(ssh, 20);
    await standin.exec("systemctl start docker.socket docker");
    assert.equal(exitCode, 1);
    assert.match(stderr, /^the machine was not ready in 20 s; it was last at: Docker starts$/m);
  });
});

describe("a machine whose cloud-init fails", skipWhen(skip), () => {
  test("the gate ends at once with the reason and the tail of the machine's log", async () => {
    const tooBig = cloudConfig({ ...machineFor("vru"), leastDisk: 1_000_000 });
    const standin = await startStandin({ name: "sshtest-fails", userData: tooBig });
    try {
      const { exitCode, stderr } = await runGate(connection(standin.target), 300);
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        /failed in cloud-init, disk: must have 1000000 GiB free below \/var\/lib\/docker, got \d+;/,
      );
      assert.match(stderr, /^ {2}@fail disk: /m);
    } finally {
      await standin.destroy();
    }
  });
});

describe("a server that can't be prepared", skipWhen(skip), () => {
  let standin: Standin;
  beforeAll(async () => {
    standin = await startStandin({ name: "sshtest-refused" });
    await standin.ready();
  });
  afterAll(() => standin.destroy());

  /** What a person is told when setup is tried. */
  const refusal = async (ssh: Connection, leastDisk = 1): Promise<string> => {
    const attempt = async () => {
      await openMaster(ssh);
      await prepareMachine(ssh, { ...machineFor("vru"), leastDisk }, silent);
    };
    return attempt()
      .then(
        () => "",
        (error: unknown) => (error instanceof RemoteError ? error.message : String(error)),
      )
      .finally(() => closeMaster(ssh));
  };

  test("an unsupported distribution is named, with those that are supported", async () => {
    await standin.exec(
      "cp /etc/os-release /root/; sed -i 's/^VERSION_ID=.*/VERSION_ID=\"11\"/' /etc/os-release",
    );
    const message = await refusal(connection(standin.target));
    await standin.exec("cp /root/os-release /etc/os-release");
    assert.match(
      message,
      /^distribution: must be Debian 12 or 13 or Ubuntu 22\.04, 24\.04 or 26\.04, got Debian.*; choose another image$/,
    );
    assert.equal(
      await standin.exec("ls /etc/ssh/sshd_config.d | grep berth || true"),
      "",
      "nothing was changed",
    );
  });

  test("too little disk is told in GiB, with what to do", async () => {
    assert.match(
      await refusal(connection(standin.target), 1_000_000),
      /^disk: must have 1000000 GiB free below \/var\/lib\/docker, got \d+; enlarge the disk, delete something, or name another disk's folder as data-root in \/etc\/docker\/daemon\.json$/,
    );
  });

  test("the disk that counts is the one that the engine keeps its data on, whatever /var has", async () => {
    const small = "mount -t tmpfs -o size=64m tmpfs /var/lib/docker";
    await standin.exec(`systemctl stop docker docker.socket; ${small}; systemctl start docker`);
    assert.match(
      await refusal(connection(standin.target)),
      /^disk: must have 1 GiB free below \/var\/lib\/docker, got 0;/,
    );
    const { outcome, detail } = await diskVerdictOver(connection(standin.target));
    assert.equal(outcome, "fail");
    assert.match(detail, /^\d+M of 64M free below \/var\/lib\/docker; berth prune --stack prod makes room$/);
    const elsewhere = "/var/lib/containerd/elsewhere";
    await standin.exec(
      `echo '{ "data-root": "${elsewhere}" }' >/etc/docker/daemon.json; systemctl restart docker
       systemd-run --quiet --unit=web python3 -m http.server 80`,
    );
    await until(
      "port 80 to be taken",
      60,
      async () => (await standin.exec("ss -Hltn 'sport = :80'")) !== "" || undefined,
    );
    const runs = [
      await refusal(connection(standin.target)),
      await refusal(connection(standin.target), 1_000_000),
    ];
    await standin.exec("systemctl stop docker docker.socket");
    const stopped = await refusal(connection(standin.target), 1_000_000);
    await standin.exec(
      "systemctl stop web; umount /var/lib/docker; rm /etc/docker/daemon.json; systemctl reset-failed docker docker.socket; systemctl start docker",
    );
    assert.match(runs[0] ?? "", /^host: must have port 80 free/);
    assert.match(runs[1] ?? "", new RegExp(`^disk: must have 1000000 GiB free below ${elsewhere}, got`));
    assert.equal(stopped, runs[1]);
  });

  test("a key that the server doesn't accept is named, with where to put it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "berth-key-"));
    const key = join(folder, "other");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const message = await refusal(connection({ ...standin.target, key }));
    await rm(folder, { recursive: true });
    assert.equal(
      message,
      `host.key: must be a key that debian@${standin.address} accepts, got "${key}"; ` +
        "add its public half to ~debian/.ssh/authorized_keys there, or name another",
    );
  });

  test("a server that doesn't answer is told so within the connect timeout", async () => {
    await standin.dropSsh(true);
    const begin = performance.now();
    const message = await refusal(connection(standin.target));
    const took = (performance.now() - begin) / 1000;
    await standin.dropSsh(false);
    assert.equal(
      message,
      `host.address: debian@${standin.address} doesn't answer; is it on, and does its firewall let this machine in`,
    );
    assert.ok(took < 20, `${took} s`);
  });
});

/** What `berth verify` says of the disk of a machine whose engine keeps its data where all do. */
async function diskVerdictOver(ssh: Connection): Promise<Verdict> {
  const engine = { info: () => Promise.resolve({ Name: "vm", DockerRootDir: "/var/lib/docker" }) };
  await openMaster(ssh);
  const disk = await diskOf(engine as unknown as Docker, ssh).finally(() => closeMaster(ssh));
  return diskVerdict(disk, "prod");
}

/** A metadata service as a cloud's machines have one: at its address, behind a network card. */
const metadataService = `set -e
ip netns add metadata
ip link add metadata type veth peer name card netns metadata
ip address add 198.51.100.1/30 dev metadata
ip link set metadata up
ip -n metadata address add 198.51.100.2/30 dev card
ip -n metadata address add 169.254.169.254/32 dev card
ip -n metadata link set card up
ip -n metadata route add default via 198.51.100.1
ip route add 169.254.169.254/32 via 198.51.100.2
mkdir /run/metadata && printf credentials >/run/metadata/token
systemd-run --quiet ip netns exec metadata python3 -m http.server --directory /run/metadata --bind 169.254.169.254 80
timeout 60 sh -c 'until curl -fs -m 5 -o /dev/null http://169.254.169.254/token; do sleep 0.25; done'`;

/** Makes processes until one is refused, says how many there are, and lets them sleep. */
const bomb = `perl -e '$| = 1; my $n = 1; while (defined(my $p = fork)) { if (!$p) { sleep 600; exit } $n++ } print "$n\\n"; sleep 600'`;

describe("a machine that cloud-init prepares, whose image has Docker", skipWhen(skip), () => {
  let standin: Standin;
  beforeAll(async () => {
    standin = await startStandin({ name: "sshtest-rules", userData });
    await standin.ready();
    await standin.addImages(["nginx:1.30"]);
  });
  afterAll(() => standin.destroy());

  test("a kernel takes the firewall's rules, for both IP versions, and they keep the metadata service from containers", async () => {
    for (const tool of ["iptables", "ip6tables"]) {
      const rules = await standin.exec(`${tool} -S; ${tool} -t mangle -S`);
      assert.match(rules, /-A BERTH-INPUT -j DROP/, tool);
      assert.match(rules, /-A BERTH-OUTSIDE -j DROP/, tool);
      assert.match(rules, /-A DOCKER-USER -o docker0 -j BERTH-WALL/, tool);
    }
    await standin.exec(metadataService);
    const ask = "curl -sS -m 20 http://169.254.169.254/token 2>&1";
    const inside = `docker run --rm nginx:1.30 ${ask}`;
    assert.equal(await standin.exec(ask), "credentials");
    assert.match(await standin.exec(`${inside} || echo "ended with $?"`), /ended with 7$/);
    // It is the wall that closes it: without its rule the service answers.
    await standin.exec("iptables -D DOCKER-USER -d 169.254.169.254/32 -p tcp -j REJECT");
    assert.equal(await standin.exec(inside), "credentials");
    await standin.exec("systemctl restart berth-docker-firewall");
  });

  test("containers that nobody has secured publish to loopback without a process, gain nothing, and reach no other", async () => {
    for (const name of ["first", "second"])
      await standin.exec(`docker run -d --name ${name} ${name === "first" ? "-p 8099:80" : ""} nginx:1.30`);
    assert.equal(await standin.exec("docker port first"), "80/tcp -> 127.0.0.1:8099");
    assert.equal(await standin.exec("pgrep docker-proxy || echo none"), "none");
    assert.match(await standin.exec("docker exec first cat /proc/1/status"), /^NoNewPrivs:\s*1$/m);
    const address = "$(docker inspect --format '{{.NetworkSettings.Networks.bridge.IPAddress}}' first)";
    const ask = (seconds: number) => `curl -sS -m ${seconds} -o /dev/null http://${address}/`;
    await until("the first serves", 60, () => standin.exec(ask(5)).then(() => true));
    const beside = await standin.exec(`docker exec second ${ask(10)} 2>&1 || echo "ended with $?"`);
    assert.match(beside, /ended with (?:7|28)$/);
    await standin.exec("docker rm -f first second");
  });

  test("a container at its limit of processes leaves others of its user theirs, and setup mends the limit", async () => {
    // The driver that Docker takes by itself on a machine with cgroup v2, which a stand-in needn't have.
    const driver = `jq '."exec-opts" = ["native.cgroupdriver=systemd"]' /etc/docker/daemon.json`;
    await standin.exec(
      `${driver} >/root/new && cat /root/new >/etc/docker/daemon.json && systemctl restart docker`,
    );
    // Nobody's on this kernel, which counts those of another stand-in too: one that ends makes room again.
    const user = "61477:61477";
    for (const name of ["bombed", "beside"]) {
      await standin.exec(
        `docker run -d --init --name ${name} --user ${user} --ulimit nproc=1024 --memory 1g nginx:1.30 sleep 100000`,
      );
    }
    // By cgroup v1, by v2.
    const files = "cat /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids.max";
    const most = (name: string) => standin.exec(`docker exec ${name} sh -c '${files}'`);
    /** How many processes one of them can make, and what comes of one that the other makes meanwhile. */
    const light = async () => {
      await standin.exec(`docker exec -d bombed sh -c ${quote(`${bomb} >/tmp/made`)}`);
      const made = await until("the bomb is refused a process", 60, () =>
        standin.exec("docker exec --user 0 bombed cat /tmp/made").then((text) => Number(text) || undefined),
      );
      const beside = await standin.exec(
        "docker exec beside sh -c 'sleep 0 & wait $!' 2>&1 && echo well || echo refused",
      );
      await standin.exec("docker restart --time 1 bombed");
      return { made, beside };
    };
    const limit = String(containerProcesses);
    assert.equal(await most("bombed"), limit);
    const limited = await light();
    assert.equal(limited.beside, "well");
    assert.ok(limited.made > 700 && limited.made < containerProcesses, `${limited.made} processes`);

    const file = "/etc/systemd/system/docker-.scope.d/berth.conf";
    await standin.exec(`rm ${file}; systemctl daemon-reload`);
    assert.notEqual(await most("beside"), limit);
    const free = await light();
    assert.match(free.beside, /refused$/);
    assert.ok(free.made > 1000, `${free.made} processes`);

    const ssh = connection({ ...standin.target, hostKey: hostKey.publicKey });
    try {
      assert.deepEqual(await prepareMachine(ssh, machineFor("vru"), silent), [`wrote ${file}`]);
    } finally {
      await closeMaster(ssh);
    }
    assert.deepEqual([await most("bombed"), await most("beside")], [limit, limit]);
  });

  test("a machine without TLS has 443 closed, whatever a container publishes", async () => {
    await standin.exec("docker run -d --name open -p 0.0.0.0:80:80 -p 0.0.0.0:443:80 nginx:1.30");
    const both = [80, 443];
    await until("both are published", 60, async () => (await openPorts(standin.address, both)).length === 2);
    const ssh = connection({ ...standin.target, hostKey: hostKey.publicKey });
    try {
      await prepareMachine(ssh, { ...machineFor("vru"), ports: [80] }, silent);
    } finally {
      await closeMaster(ssh);
    }
    assert.deepEqual(await openPorts(standin.address, both), [80]);
    await standin.exec("docker rm -f open");
  });

  test("a published port stays closed while Docker restarts and after", async () => {
    const standin = await startStandin({ name: "sshtest-wall", userData });
    try {
      await standin.ready();
      await standin.addImages(["nginx:1.30"]);
      await standin.exec("docker run -d --restart always --name stray -p 0.0.0.0:9999:80 nginx:1.30");
      const inside =
        "for i in $(seq 60); do curl -fs -o /dev/null http://127.0.0.1:9999/ && break; sleep 0.5; done";
      await standin.exec(inside);
      let [open, attempts, finished] = [0, 0, false];
      const watch = async (): Promise<void> => {
        // Some more afterwards: a fast machine restarts Docker between a handful of looks.
        while (!finished || attempts < 20) {
          if (await accepts(standin.address, 9999, 100)) open++;
          attempts++;
        }
      };
      const watching = watch();
      await standin.exec("systemctl restart docker");
      await standin.exec(inside);
      finished = true;
      await watching;
      assert.equal(open, 0);
    } finally {
      await standin.destroy();
    }
  });
});

/** Runs the gate's script as the engine's command plugin would. */
async function runGate(ssh: Connection, deadline: number) {
  const folder = await mkdtemp(join(tmpdir(), "berth-gate-"));
  try {
    const file = join(folder, "gate");
    await writeFile(file, gateScript(ssh, deadline));
    return await execa("sh", [file], { reject: false, timeout: (deadline + 60) * 1000 });
  } finally {
    await rm(folder, { recursive: true });
  }
}
