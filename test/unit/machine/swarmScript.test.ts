import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onTestFinished, test } from "vitest";
import { roleOf, swarmScript, type Member, type SwarmStep } from "../../../components/machine/swarmScript.ts";
import { setupScript } from "../../../components/machine/setupScript.ts";
import { connection } from "../../../components/ssh/connection.ts";

const member = (machine: string, last: number): Member => ({
  machine,
  connection: connection({ address: `203.0.113.${last}`, user: "ops", hostKey: "ssh-ed25519 AAAA" }),
  address: `10.0.0.${last}`,
});
const one = member("existing", 30);
const two = member("two", 31);

/** What a machine's Docker says of itself and of others, by the start of the command. */
type Answers = Record<string, string>;

/** Runs a step with an `ssh` that answers for both machines, and yields what each was asked and what came out. */
async function run(
  step: SwarmStep,
  answers: { first?: Answers; second?: Answers },
  { role, printed }: { role?: "manager"; printed?: string } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "swarm-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const cases = (known: Answers) =>
    Object.entries(known)
      .map(([command, answer]) => `*'${command.replaceAll("'", `'\\''`)}'*) ${answer} ;;\n`)
      .join("");
  const ssh = `#!/bin/sh
for last; do :; done
case "$*" in *203.0.113.30*) who=first ;; *) who=second ;; esac
echo "$who: $last" >>${folder}/commands
case $who in
first) case $last in ${cases(answers.first ?? {})} esac ;;
second) case $last in ${cases(answers.second ?? {})} esac ;;
esac
`;
  await writeFile(join(folder, "ssh"), ssh);
  await chmod(join(folder, "ssh"), 0o755);
  const script = swarmScript(step, { stack: "prod", manager: one, member: two, role });
  const { stdout, stderr, exitCode } = await execa("sh", ["-c", script], {
    env: {
      PATH: `${folder}:${process.env.PATH ?? ""}`,
      ...(printed !== undefined && { PULUMI_COMMAND_STDOUT: printed }),
    },
    reject: false,
  });
  const commands = await readFile(join(folder, "commands"), "utf8").catch(() => "");
  return { stdout, stderr, exitCode, commands: commands.trim().split("\n"), script };
}

const standing = "docker info";
const outside = { [standing]: "echo 'inactive false '" };

test("three machines have three managers, which outlive one; two have one", () => {
  const roles = (machines: number) => Array.from({ length: machines }, (_, place) => roleOf(place, machines));
  assert.deepEqual(roles(2), ["manager", "worker"]);
  assert.deepEqual(roles(3), ["manager", "manager", "manager"]);
  assert.deepEqual(roles(5), ["manager", "manager", "manager", "worker", "worker"]);
});

test("a machine joins by a token that is read then and handed on by its input alone", async () => {
  const first = {
    "docker swarm join-token -q manager": "echo SWMTKN-1-secret",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
  };
  const state = "[ -e joined ] && echo 'active true abc' || echo 'inactive false '";
  const second = {
    [standing]: state.replaceAll("joined", `$(dirname "$0")/joined`),
    "docker swarm join": `read -r token; [ "$token" = SWMTKN-1-secret ] && touch "$(dirname "$0")/joined"`,
  };
  const { stdout, exitCode, commands, script, stderr } = await run(
    "join",
    { first, second },
    { role: "manager" },
  );
  assert.equal(exitCode, 0, stderr);
  assert.equal(stdout, "abc");
  assert.ok(
    commands.includes(
      "first: docker node update --label-add berth.stack=prod --label-add berth.machine=two abc",
    ),
  );
  assert.doesNotMatch(`${commands.join("\n")}${script}${stdout}`, /SWMTKN/);
});

test("one that can't join says what to look at", async () => {
  const { exitCode, stderr } = await run("join", {
    first: { "docker swarm join-token": "echo SWMTKN-1-secret" },
    second: { ...outside, "docker swarm join": "exit 1" },
  });
  assert.equal(exitCode, 1);
  assert.equal(
    stderr,
    "swarm: two: could not join at 10.0.0.30:2377 from 10.0.0.31; are 2377, 7946 and 4789 open between the machines? run berth setup",
  );
});

test("somebody else's swarm is left alone", async () => {
  const active = { [standing]: "echo 'active true abc'" };
  for (const step of ["begin", "join"] as const) {
    const { exitCode, stderr, commands } = await run(step, { first: active, second: active });
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /must be in no swarm but this stack's, got another; take it out with: docker swarm leave --force$/,
    );
    assert.ok(
      !commands.some((command) => /swarm (?:leave|join|init)|label-add/.test(command)),
      commands.join("\n"),
    );
  }
});

test("one that joined a first machine that is no more leaves that swarm, and joins the new one", async () => {
  const first = {
    "docker swarm join-token": "echo SWMTKN-1-secret",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
  };
  const has = (file: string) => `[ -e "$(dirname "$0")/${file}" ]`;
  const second = {
    [standing]: `if ${has("joined")}; then echo 'active false new'; elif ${has("left")}; then echo 'inactive false '; else echo 'active true abc'; fi`,
    "docker swarm leave": `touch "$(dirname "$0")/left"`,
    "docker swarm join": `${has("left")} && touch "$(dirname "$0")/joined"`,
  };
  const { stdout, stderr, exitCode, commands } = await run("join", { first, second }, { printed: "abc" });
  assert.deepEqual([exitCode, stdout], [0, "new"], stderr);
  assert.ok(commands.includes("second: docker swarm leave --force"));
  const other = await run("join", { first, second }, { printed: "def" });
  assert.equal(other.exitCode, 1);
  assert.match(other.stderr, /must be in no swarm but this stack's, got another/);
  assert.ok(!other.commands.some((command) => /swarm (?:leave|join)/.test(command)));
});

test("a first machine that is off by then is forgotten, and one that is there is left", async () => {
  const off = await run("end", { first: { docker: "exit 255" } });
  assert.deepEqual([off.exitCode, off.stderr], [0, "swarm: two: not reached, forgotten"]);
  const there = await run("end", { first: { [standing]: "echo 'active true abc'" } });
  assert.deepEqual([there.exitCode, there.stderr], [0, ""]);
  assert.ok(there.commands.includes("first: docker swarm leave --force"));
  const outsider = await run("end", { first: outside });
  assert.ok(!outsider.commands.some((command) => command.includes("swarm leave")));
});

test("one that is in it stays, and is what its place asks for", async () => {
  const first = {
    [standing]: "echo 'active true abc'",
    "docker node inspect --format '{{index .Spec.Labels \"berth.stack\"}}'": "echo prod",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
  };
  const second = { [standing]: "echo 'active false def'" };
  const begun = await run("begin", { first });
  assert.deepEqual([begun.exitCode, begun.stdout], [0, "abc"]);
  const joined = await run("join", { first, second });
  assert.deepEqual([joined.exitCode, joined.stdout], [0, "def"]);
  assert.ok(joined.commands.includes("first: docker node demote def"));
  assert.ok(![...begun.commands, ...joined.commands].some((command) => /swarm (?:join|init)/.test(command)));
});

test("one that goes is emptied, demoted and taken out before it is forgotten, and one that is gone is forgotten", async () => {
  const first = { "docker node ls": "echo def" };
  const second = { [standing]: "echo 'active false def'" };
  const { commands, exitCode } = await run("leave", { first, second });
  assert.equal(exitCode, 0);
  assert.deepEqual(
    commands.filter((command) => !command.includes("docker info")),
    [
      "first: docker node ls -q --filter node.label=berth.machine=two",
      "first: docker node update --availability drain def",
      "first: docker node demote def",
      "second: docker swarm leave --force",
      "first: docker node rm --force def",
    ],
  );
  const dead = await run("leave", {
    first,
    second: { ...second, "docker swarm leave": "exit 255" },
  });
  assert.deepEqual([dead.exitCode, dead.stderr], [0, "swarm: two: not reached, forgotten"]);
  assert.ok(dead.commands.includes("first: docker node rm --force def"));
});

test("Docker restarts without what an engine in a swarm refuses", () => {
  const text = (swarm?: string[]) => setupScript({ system: "vru", sshFrom: [], swarm });
  assert.match(text(["10.0.0.5"]), /"live-restore":false/);
  assert.match(text(), /"live-restore":true/);
});
