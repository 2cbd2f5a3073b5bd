import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, test } from "vitest";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import { serverPortProblems } from "../../cli/preflight/serverPort.ts";
import { setupScript } from "../../components/machine/setupScript.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import type { Progress } from "../../toolchain/progress.ts";
import { accepts } from "../standin/ports.ts";
import { skipWhen } from "../tools/skip.ts";
import { until } from "../tools/wait.ts";
import { booted, machineFor, noStandin, silent, type Prepared } from "./sshRig.ts";

const skip = await noStandin();
const system = machineFor("vru");
/** A machine that is busy with other tests makes its new connection within these, too. */
const undoSeconds = 20;
const locks = ["/var/lib/apt/lists/lock", "/var/lib/dpkg/lock-frontend"];

describe("the firewall of a server", skipWhen(skip), () => {
  let machine: Prepared;
  const exec = (command: string) => machine.standin.exec(command);

  beforeAll(async () => {
    // Docker isn't there yet, and something listens where nobody outside may come in.
    machine = await booted({ name: "sshtest-closed", variant: "plain" });
    await exec("systemd-run --quiet --unit=stray python3 -m http.server 9999");
    await until("port 9999 answers", 60, () => accepts(machine.standin.address, 9999));
  });

  afterAll(() => machine[Symbol.asyncDispose]());

  /** What the machine says of its firewall, and whether a port that nobody opened answers from outside. */
  const state = async () => ({
    says: await exec("berth-firewall check || true"),
    open: await accepts(machine.standin.address, 9999),
  });
  const closed = { says: "closed", open: false };

  /** Holds apt's locks as the first update of a fresh machine does, until they are let go. */
  const holdApt = async () => {
    const files = locks.map((path) => `"${path}"`).join(", ");
    const program = `import fcntl, time; held = [open(path, "a") for path in (${files})]; [fcntl.lockf(one, fcntl.LOCK_EX) for one in held]; open("/run/held", "w"); time.sleep(600)`;
    await exec(`rm -f /run/held; systemd-run --quiet --unit=holder python3 -c '${program}'`);
    await until("apt is held", 60, () => exec("test -e /run/held").then(() => true));
    const release = async (): Promise<void> => {
      await exec("systemctl stop holder || true");
    };
    return { release, [Symbol.asyncDispose]: release };
  };

  /** Resolves once an undo that was armed now would have come. */
  const pastUndo = async () => {
    const uptime = async () => Number((await exec("cut -d ' ' -f 1 /proc/uptime")).trim());
    const due = (await uptime()) + undoSeconds + 2;
    await until("the undo's time has passed", 120, async () => (await uptime()) > due);
  };

  const refusal = (attempt: Promise<unknown>): Promise<string> =>
    attempt.then(
      () => "",
      (error: unknown) => (error instanceof RemoteError ? error.message : String(error)),
    );

  test("stays closed while apt's locks are held and Docker can't be installed, and is closed at the end", async () => {
    await using apt = await holdApt();
    const notes: string[] = [];
    const setup = prepareMachine(machine.ssh, system, noting(notes), { undoSeconds });
    setup.catch(() => undefined);
    const waits = "Docker Engine: waiting for apt, /var/lib/apt/lists/lock. It is held by process";
    await until(waits, 120, () => Promise.resolve(notes.some((note) => note.startsWith(waits))));
    await pastUndo();
    assert.deepEqual(await state(), closed);
    await apt.release();
    assert.ok((await setup).includes("loaded the firewall's rules"));
    assert.deepEqual(await state(), closed);
  });

  test("changes nothing the second time", async () => {
    assert.deepEqual(await prepareMachine(machine.ssh, system, silent, { undoSeconds }), []);
  });

  test("is confirmed by the next setup where one was cut short, and stays closed", async () => {
    await exec("systemctl stop berth-firewall");
    assert.deepEqual(await state(), { says: "open, berth-firewall is not active", open: true });
    const script = setupScript(system, { undoSeconds });
    await exec(`cat >/run/setup <<'END_OF_SETUP'\n${script}END_OF_SETUP`);
    await exec("systemd-run --quiet --unit=cut --property=StandardOutput=file:/run/said sh /run/setup");
    await until("setup waits for a connection", 120, () =>
      exec("grep '^@confirm' /run/said").then(() => true),
    );
    await exec("systemctl kill --signal=KILL cut");
    assert.equal((await state()).says, "open, its rules are about to be taken back");
    assert.deepEqual(await prepareMachine(machine.ssh, system, silent, { undoSeconds }), [
      "loaded the firewall's rules",
    ]);
    await pastUndo();
    assert.deepEqual(await state(), closed);
  });

  test("is open when its rules were flushed though its unit is active, and setup mends it whatever the disk holds", async (t) => {
    await exec("iptables -t mangle -F; iptables -F BERTH-INPUT");
    assert.deepEqual(await state(), { says: "open, no rules for published ports over IPv4", open: true });
    // The machine's own unit tells whoever monitors it, through a container that may write where facts are.
    await exec("tar -cC / etc/hostname | docker import - tiny");
    await exec("docker create --label berth.system=vru -v facts:/var/lib/berth/facts tiny true");
    const metric = (value: 0 | 1) => async () => {
      const file = "$(docker volume inspect --format '{{.Mountpoint}}' facts)/firewall.prom";
      return (await exec(`cat ${file}`)).startsWith(`berth_firewall_closed ${value}\n`);
    };
    await until("the metric says open", 120, metric(0));
    const status = await exec("vru-platform status && echo well || echo ended with $?");
    assert.match(status, /^firewall {2}open, no rules for published ports over IPv4$/m);
    assert.match(status, /^ended with 1$/m);
    const begun = performance.now();
    assert.deepEqual(
      await prepareMachine(machine.ssh, { ...system, leastDisk: 1_000_000 }, silent, { undoSeconds }),
      ["loaded the firewall's rules"],
    );
    await t.annotate(`mended by a setup of ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    assert.deepEqual(await state(), closed);
    await until("the metric says closed", 120, metric(1));
  });

  test("is taken back at once when it would shut out whoever sets it up, and setup says so", async () => {
    const others = { ...system, sshFrom: ["192.0.2.0/24"] };
    assert.equal(
      await refusal(prepareMachine(machine.ssh, others, silent, { undoSeconds: 60 })),
      "firewall: must let a new ssh connection through, got none within 60 s, and its rules were taken back; is this machine among host.ssh.allowFrom",
    );
    assert.equal((await state()).says, "open, berth-firewall is not active");
    assert.ok((await prepareMachine(machine.ssh, system, silent, { undoSeconds })).length > 0);
    assert.deepEqual(await state(), closed);
  });

  test("what holds the proxy's port is named by setup, which mends the firewall first, and before a run", async () => {
    await exec("systemctl stop berth-firewall; systemd-run --quiet --unit=web python3 -m http.server 80");
    await until("port 80 is held", 60, () => exec("ss -Hltn 'sport = :80' | grep -q .").then(() => true));
    const [held] = await serverPortProblems(machine.ssh);
    const reason = await refusal(prepareMachine(machine.ssh, system, silent, { undoSeconds }));
    await exec("systemctl stop web");
    const advice = "for example with systemctl disable --now";
    assert.match(
      reason,
      new RegExp(
        `^host: must have port 80 free for the proxy, got "python3, pid \\d+"; stop that on the machine, ${advice}$`,
      ),
    );
    assert.match(
      held ?? "",
      new RegExp(
        `^host: must have port 80 free for the proxy, got "python3, pid \\d+" on [\\d.]+; stop that there, ${advice}$`,
      ),
    );
    assert.deepEqual(await state(), closed);
    assert.deepEqual(await serverPortProblems(machine.ssh), []);
    assert.equal(await exec("cat /etc/sysctl.d/60-berth.conf"), "vm.overcommit_memory = 1");
  });

  test("apt that is held for too long is named with its holder, and the firewall is closed all the same", async () => {
    await exec("dpkg --purge unattended-upgrades; rm -rf /var/lib/apt/lists/*Packages*");
    await using apt = await holdApt();
    const reason = await refusal(prepareMachine(machine.ssh, system, silent, { undoSeconds, aptSeconds: 2 }));
    await apt.release();
    assert.match(
      reason,
      /^apt: must be free within 2 s, got "\/var\/lib\/apt\/lists\/lock\. It is held by process \d+ \(python3\)"; wait until that process has ended, and run setup again$/,
    );
    assert.deepEqual(await state(), closed);
  });
});

/** Keeps what setup notes, with the step's title. */
function noting(notes: string[]): Progress {
  const ignore = (): void => undefined;
  return {
    step: (title) => ({
      note: (text) => notes.push(`${title}: ${text}`),
      done: ignore,
      skip: ignore,
      fail: ignore,
    }),
  };
}
