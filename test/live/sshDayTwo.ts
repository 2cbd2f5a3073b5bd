import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { stringify } from "yaml";
import type { Finding } from "../../cli/drift/finding.ts";
import { unlessGone } from "../../cli/docker/gone.ts";
import { root } from "../../cli/project.ts";
import type { TopRow } from "../../cli/top/table.ts";
import { connection } from "../../components/ssh/connection.ts";
import { closeMaster } from "../../components/ssh/master.ts";
import { usualPage } from "../../services/proxy/maintenance.ts";
import type { Berth, Ended } from "../tools/berth.ts";
import { docker } from "../tools/docker.ts";
import { json, reached, status, type Ready } from "../tools/http.ts";
import { Load } from "../tools/load.ts";
import { sourceFolder } from "../tools/sourceFolder.ts";
import { until } from "../tools/wait.ts";
import type { Prepared } from "./sshRig.ts";

/** LOC8 that is up on a server, its containers' logs in the server's journal. */
export interface DayTwo {
  machine: Prepared;
  berth: Berth;
  url: string;
  /** The stack's config, without `berth:`. */
  config: Record<string, unknown>;
}

const services = ["backend", "frontend", "nginx", "postgres", "redis"];
const wrong = `service: must be one of ${services.join(", ")}, got "backnd"\n`;

/** What an operator does to it day by day, each from elsewhere. Its stack has a file from then on. */
export function dayTwo(rig: () => DayTwo): void {
  describe("day two", () => {
    beforeAll(async () => {
      const { berth, config } = rig();
      const keys = Object.entries({ system: "loc8", ...config }).map(([key, value]) => [
        `berth:${key}`,
        value,
      ]);
      await writeFile(stackFile(berth), stringify({ config: Object.fromEntries(keys) as unknown }));
    });

    const start = (verb: string, ...words: string[]): Promise<Ended> =>
      rig().berth.start(verb, ...words).ended;
    const must = async (verb: string, ...words: string[]): Promise<string> => {
      const { code, output } = await start(verb, ...words);
      assert.equal(code, 0, output);
      return output;
    };
    const there = (command: string) => rig().machine.standin.exec(command);
    const inside = (service: string, command: string) =>
      there(
        `docker exec $(docker ps -q --filter label=berth.role=service --filter label=berth.service=${service}) ${command}`,
      );
    const page = async () => (await fetch(`${rig().url}/`)).text();

    test("exec and run are in containers there, end as their command does, and leave nothing", async () => {
      const reach = "import socket; socket.create_connection(('postgres', 5432), 5); print('reached')";
      const all = await Promise.all([
        start("exec", "postgres", "--", "psql", "-U", "postgres", "-Atc", "SELECT 41 + 1"),
        start("exec", "backend", "--", "sh", "-c", "echo no >&2; exit 7"),
        start("run", "backend", "--", "python", "-c", `${reach}; raise SystemExit(4)`),
        start("exec", "backnd"),
        start("run", "backnd"),
      ]);
      assert.deepEqual(all, [
        { code: 0, output: "42\n" },
        { code: 7, output: "no\n" },
        { code: 4, output: "reached\n" },
        { code: 1, output: wrong },
        { code: 1, output: wrong },
      ]);
      assert.equal(await there("docker ps -aq --filter label=berth.role=run"), "");
    });

    test("top says what each container takes of what it may, and of which machine", async () => {
      const { containers } = JSON.parse(await must("top", "--json")) as { containers: TopRow[] };
      assert.deepEqual([...new Set(containers.map(({ service }) => service))].sort(), services);
      for (const { machine, container, memory, memoryLimit, processes } of containers) {
        assert.equal(machine, rig().machine.standin.name);
        assert.ok(memory > 0 && memory <= memoryLimit, `${container}: ${memory} of ${memoryLimit}`);
        assert.ok(processes > 0, container);
      }
    });

    test("logs are found by time, service, level and text", async () => {
      const marker = `marker-${process.pid}`;
      const search = (...words: string[]) => must("logs", "--grep", marker, ...words);
      assert.equal(await status(`${rig().url}/api/${marker}`), 404);
      // The log is written in pieces.
      await until("the request in the proxy's log", 120, async () =>
        (await search("nginx", "--since", "10m")).includes(marker),
      );
      const [warned, failed, before, other] = await Promise.all([
        search("nginx", "--level", "warning"),
        search("nginx", "--level", "error"),
        search("--since", "1d", "--until", "10m"),
        search("redis"),
      ]);
      assert.match(warned, new RegExp(`^\\S+ nginx\\S* .*${marker}`, "m"));
      for (const output of [failed, before, other]) assert.doesNotMatch(output, new RegExp(marker));
      const [unknown, time] = await Promise.all([
        start("logs", "backnd"),
        start("logs", "--since", "lately"),
      ]);
      assert.deepEqual(unknown, { code: 1, output: wrong });
      assert.deepEqual(time, {
        code: 1,
        output: '--since: must be a time ago such as 10m or 2h, or a date, got "lately"\n',
      });
    });

    test("another way to the machine is gone by one setting", async () => {
      const { berth, config, machine } = rig();
      const seen = join(tmpdir(), `${berth.stack}-way`);
      const proxyCommand = `bash -c 'echo %h %p >${seen}; exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3'`;
      const host = JSON.stringify({ ...(config.host as object), proxyCommand });
      const words = ["--config", `host=${host}`, "redis", "--", "echo", "reached"];
      try {
        assert.deepEqual(await start("exec", ...words), { code: 0, output: "reached\n" });
        assert.equal(await readFile(seen, "utf8"), `${machine.standin.address} 22\n`);
      } finally {
        await closeMaster(connection({ ...machine.standin.target, proxyCommand }));
        await rm(seen, { force: true });
      }
    });

    test("a jump host leads to it by its own key, and is named where that isn't known", async () => {
      const { berth, config, machine } = rig();
      const { address, user, hostKey, key } = machine.standin.target;
      const jump = `${user}@${address}`;
      const folder = await mkdtemp(join(tmpdir(), `${berth.stack}-jump-`));
      const knownHosts = join(folder, "known_hosts");
      // The ssh configuration of whoever runs it: ssh looks in no other home folder than the user's.
      await writeFile(
        join(folder, "config"),
        `Host ${address}\n  IdentityFile ${key}\n  UserKnownHostsFile ${knownHosts}\n`,
      );
      await writeFile(join(folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${folder}/config "$@"\n`, {
        mode: 0o755,
      });
      const environment = berth.environment;
      berth.environment = { ...environment, PATH: `${folder}:${process.env.PATH}` };
      const host = JSON.stringify({ ...(config.host as object), jump });
      const reach = () => start("exec", "--config", `host=${host}`, "redis", "--", "echo", "reached");
      try {
        const unknown = await reach();
        assert.equal(unknown.code, 1);
        assert.match(
          unknown.output,
          new RegExp(
            `^host\\.jump: must lead to ${jump}, got no words of ${jump}; see that ssh ${jump} goes in`,
          ),
        );
        await writeFile(knownHosts, `${address} ${hostKey}\n`);
        const { accepted: before } = await machine.standin.sshCounts();
        assert.deepEqual(await reach(), { code: 0, output: "reached\n" });
        const { accepted: after } = await machine.standin.sshCounts();
        assert.equal(after - before, 2, "a connection through one of the jump host's");
      } finally {
        berth.environment = environment;
        await closeMaster(connection({ ...machine.standin.target, jump }));
        await rm(folder, { recursive: true });
      }
    });

    test("a tunnel leads to a service that nothing publishes, and ends by ^C", async () => {
      const tunnel = rig().berth.start("tunnel", "backend");
      await tunnel.whileGoing("the tunnel", () => Promise.resolve(/ until \^C$/m.test(tunnel.output())));
      const [, place = ""] =
        /^backend:8000 is at (127\.0\.0\.1:\d+), through \S+, until \^C$/m.exec(tunnel.output()) ?? [];
      const answers = await Promise.all([1, 2, 3].map(() => json<Ready>(`http://${place}/api/ready`)));
      for (const ready of answers)
        assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
      process.kill(tunnel.pid, "SIGINT");
      assert.equal((await tunnel.ended).code, 0);
      await assert.rejects(fetch(`http://${place}/api/ready`));
      const [unknown, port] = await Promise.all([
        start("tunnel", "backnd"),
        start("tunnel", "backend", "70000"),
      ]);
      assert.deepEqual(unknown, { code: 1, output: wrong });
      assert.deepEqual(port, {
        code: 1,
        output: 'port: must be a whole number from 1 to 65535, got "70000"\n',
      });
    });

    test("logs are followed as they are written, those of one service and above one level alone", async () => {
      const marker = `followed-${process.pid}`;
      const all = rig().berth.start("logs", "-f", "--tail", "0", "nginx");
      const errors = rig().berth.start("logs", "-f", "--tail", "0", "nginx", "--level", "error");
      await all.whileGoing("a line of a request", async () => {
        await status(`${rig().url}/api/${marker}`);
        return all.output().includes(marker);
      });
      for (const { pid } of [all, errors]) process.kill(pid, "SIGINT");
      const [{ output: followed }, { output: failed }] = await Promise.all([all.ended, errors.ended]);
      assert.deepEqual(
        followed
          .trim()
          .split("\n")
          .filter((line) => !/ nginx\S* /.test(line)),
        [],
      );
      assert.doesNotMatch(failed, new RegExp(marker));
    });

    test("maintenance closes it to the public, and opens it again", async () => {
      assert.match(await must("maintenance", "on"), /^maintenance: on since \S+, the public gets 503; /);
      assert.equal(await page(), usualPage);
      assert.equal(await must("maintenance", "off"), "maintenance: off\n");
      assert.equal(await status(`${rig().url}/`), 200);
      assert.deepEqual(await start("maintenance", "shut"), {
        code: 1,
        output: 'maintenance: must be on or off, got "shut"\n',
      });
    });

    test("restart drops no request, and what the old container wrote is found in the journal", async (t) => {
      const name = "docker ps --format '{{.Names}}' --filter label=berth.service=backend";
      const old = await there(name);
      const load = Load.start({ url: rig().url, perSecond: 20, get: "/api/health" });
      await load.reach(20);
      const output = await must("restart", "backend");
      await load.reach(load.count + 20);
      const { sent, failures, examples, worst } = await load.stop();
      await t.annotate(`${sent} requests, the slowest ${worst} ms`);
      assert.deepEqual(failures, {}, examples.join("\n"));
      assert.notEqual(await there(name), old, output);
      const lines = await must("logs", "backend", "--since", "1d", "--json");
      const wrote = lines.split("\n").filter((line) => line.includes(`"container":"${old}"`));
      assert.ok(wrote.length > 0, lines);
      const [unknown, away] = await Promise.all([start("restart", "backnd"), start("restart", "redis")]);
      assert.deepEqual(unknown, { code: 1, output: wrong });
      assert.deepEqual([away.code, away.output.startsWith("--yes: must be given ")], [1, true], away.output);
    });

    test("drift names each thing that was changed by hand there, and up mends it", async () => {
      const idOf = (service: string) => `$(docker ps -q --filter label=berth.service=${service})`;
      await there(`docker rm -f ${idOf("frontend")}`);
      await there(`docker update --memory 200m --memory-swap 200m ${idOf("backend")}`);
      const text = await start("drift");
      assert.equal(text.code, 2, text.output);
      assert.match(text.output, /^container +frontend-1 +\S+@\S+ +is gone +berth up makes a new one *$/m);
      const { findings } = JSON.parse((await start("drift", "--json")).output) as { findings: Finding[] };
      assert.deepEqual(
        findings.map(({ kind, name, found }) => [kind, name, found.replace(/"\d+ MiB",/, "…,")]).sort(),
        [
          ["container", "backend-1", 'memory must be …, got "200 MiB"'],
          ["container", "frontend-1", "is gone"],
        ],
      );
      const output = await must("up");
      assert.match(output, /frontend-1: is gone, makes a new one/);
      assert.equal(await must("drift"), `stack ${rig().berth.stack} is as the last run left it\n`);
      assert.deepEqual(await rig().berth.strays(), []);
    });

    test("images built of source are sent, rolled back without a registry, and pruned", async () => {
      await using folder = await sourceFolder("built here");
      const first = await there(
        "docker inspect --format '{{.Image}}' $(docker ps -q --filter label=berth.service=frontend)",
      );
      const build = { build: folder.path, target: "run", secrets: { token: `${folder.path}/token` } };
      const built = ["--config", `images.frontend=${JSON.stringify(build)}`];
      await must("up", ...built);
      assert.equal(await page(), "built here");
      await folder.write("page.html", "built again");
      await must("up", ...built);
      assert.equal(await page(), "built again");
      const refused = await start("rollback", "99");
      assert.match(refused.output, /^rollback: must be one of [\d, ]+, got "99"$/m);
      await must("rollback", "--yes");
      assert.equal(await page(), "built here");
      const questioned = await start("prune", "--keep", "0");
      assert.match(
        questioned.output,
        /^--yes: must be given where nobody can be asked; berth prune removes 1 image /m,
      );
      assert.equal(
        (await start("prune", "--keep", "few")).output,
        '--keep: must be a whole number of releases from 0 to 999, got "few"\n',
      );
      await must("prune", "--keep", "0", "--yes");
      const left = (await there("docker images -q --no-trunc")).split("\n");
      assert.ok(!left.includes(first), "an image that no release that is kept needs is gone");
      const { releases } = JSON.parse(await must("rollback", "--list", "--json")) as {
        releases: { gone: string[] }[];
      };
      assert.deepEqual([releases[0]?.gone, releases.at(-1)?.gone], [["frontend"], []]);
      assert.equal(await must("drift"), `stack ${rig().berth.stack} is as the last run left it\n`);
    });

    test("rotate hands out a new password, and the old one is refused", async () => {
      const takes = async (password: string) =>
        (await inside("redis", `redis-cli -h redis --no-auth-warning -a '${password}' ping`)).trim();
      const password = () => inside("redis", "cat /etc/berth/password");
      const old = await password();
      assert.equal(await takes(old), "PONG");
      assert.match(
        (await start("rotate", "redis-pasword")).output,
        /^rotate: must be one of .*redis-password.*, got "redis-pasword"$/m,
      );
      await must("rotate", "redis-password", "--yes");
      assert.notEqual(await password(), old);
      assert.equal(await takes(await password()), "PONG");
      await until("the old password is refused", 60, async () => !(await takes(old)).includes("PONG"));
      const ready = await until("ready", 120, () => json<Ready>(`${rig().url}/api/ready`));
      assert.deepEqual(reached(ready), { postgres: "postgres ok", redis: "redis ok" });
    });
  });
}

function stackFile({ stack }: Berth): string {
  return `${root}/Pulumi.${stack}.yaml`;
}

/** Takes away what {@link dayTwo} has left here: the stack's file, and names that a rollback gave to images. */
export async function leaveDayTwo(berth: Berth): Promise<void> {
  const text = await readFile(stackFile(berth), "utf8").catch(() => "");
  for (const [name] of text.matchAll(/berth-release\/frontend:[0-9a-f]+/g))
    await docker.getImage(name).remove().catch(unlessGone);
  await rm(stackFile(berth), { force: true });
}

/** Verbs that have to reach the server, each with words that it takes. */
export const reaching: readonly (readonly [string, ...string[]])[] = [
  ["exec", "backend", "--", "true"],
  ["run", "backend", "--", "true"],
  ["top"],
  ["logs"],
  ["drift"],
  ["maintenance", "on"],
  ["restart", "backend"],
];
