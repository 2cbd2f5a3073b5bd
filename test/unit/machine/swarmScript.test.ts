import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { onTestFinished, test } from "vitest";
import {
  roleOf,
  stopScript,
  swarmScript,
  sweepScript,
  type Member,
  type SwarmStep,
} from "../../../components/machine/swarmScript.ts";
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
interface Given {
  first?: Answers;
  second?: Answers;
  /** What joining printed. */
  joined?: string;
}

function run(step: SwarmStep, answers: Given, role?: "manager", seconds?: number) {
  const script = swarmScript(step, { stack: "prod", manager: one, member: two, role });
  const shortened = seconds === undefined ? script : script.replace(/^deadline=.*$/m, `deadline=${seconds}`);
  return answered(shortened, answers);
}

async function answered(whole: string, answers: Given) {
  const script = whole.replace(/^moment=.*$/m, "moment=1");
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
  const { stdout, stderr, exitCode } = await execa("sh", ["-c", script], {
    env: { PATH: `${folder}:${process.env.PATH ?? ""}`, PULUMI_COMMAND_STDOUT: answers.joined ?? "" },
    reject: false,
  });
  const commands = await readFile(join(folder, "commands"), "utf8").catch(() => "");
  return { stdout, stderr, exitCode, commands: commands.trim().split("\n"), script };
}

const standing = "docker info --format '{{.Swarm.LocalNodeState}}";
const identified = "docker info --format '{{with .Swarm.Cluster}}";
const identity = { [identified]: "echo swarm-1" };
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
  const { stdout, exitCode, commands, script, stderr } = await run("join", { first, second }, "manager");
  assert.equal(exitCode, 0, stderr);
  assert.equal(stdout, "abc");
  assert.ok(
    commands.includes(
      "first: docker node update --label-add berth.stack=prod --label-add berth.machine=two abc",
    ),
  );
  assert.doesNotMatch(`${commands.join("\n")}${script}${stdout}`, /SWMTKN/);
  // Afterwards nobody else comes in by it.
  const places = ["swarm join --token", "join-token --rotate -q manager"].map((part) =>
    commands.findIndex((command) => command.includes(part)),
  );
  assert.deepEqual(places, places.toSorted());
  assert.ok(!places.includes(-1), commands.join("\n"));
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
  const unknown = { ...active, "docker node inspect": nobody };
  const others = { ...active, "docker node inspect": "echo staging" };
  const cases = [
    ["begin", active],
    ["begin", others],
    ["join", unknown],
    ["join", others],
  ] as const;
  for (const [step, first] of cases) {
    const { exitCode, stderr, commands } = await run(step, { first, second: active });
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
    "docker node inspect --format '{{index .Spec.Labels": nobody,
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
  };
  const has = (file: string) => `[ -e "$(dirname "$0")/${file}" ]`;
  const second = {
    [standing]: `if ${has("joined")}; then echo 'active false new'; elif ${has("left")}; then echo 'inactive false '; else echo 'active true abc'; fi`,
    "docker swarm leave": `touch "$(dirname "$0")/left"`,
    "docker swarm join": `${has("left")} && touch "$(dirname "$0")/joined"`,
  };
  const { stdout, stderr, exitCode, commands } = await run("join", { first, second, joined: "abc" });
  assert.deepEqual([exitCode, stdout], [0, "new"], stderr);
  assert.ok(commands.includes("second: docker swarm leave --force"));
  const other = await run("join", { first, second, joined: "def" });
  assert.equal(other.exitCode, 1);
  assert.match(other.stderr, /must be in no swarm but this stack's, got another/);
  assert.ok(!other.commands.some((command) => /swarm (?:leave|join)/.test(command)));
});

test("a first machine that is off by then is forgotten, and one that is there is left", async () => {
  const off = await run("end", { first: { docker: "exit 255" } });
  assert.deepEqual([off.exitCode, off.stderr], [0, "swarm: two: not reached, forgotten"]);
  const there = await run("end", { first: { [standing]: "echo 'active true abc'" } });
  assert.deepEqual([there.exitCode, there.stderr], [0, ""]);
  const started =
    "docker ps -q --filter label=berth.stack=prod --filter label=berth.role=service | xargs -r docker restart";
  assert.ok(
    there.commands.includes(`first: docker swarm leave --force && ${started}`),
    there.commands.join("\n"),
  );
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
  const begun = await run("begin", { first: { ...first, ...identity } });
  assert.deepEqual([begun.exitCode, begun.stdout], [0, "swarm-1"]);
  const joined = await run("join", { first, second });
  assert.deepEqual([joined.exitCode, joined.stdout], [0, "def"]);
  assert.ok(joined.commands.includes("first: docker node demote def"));
  assert.ok(![...begun.commands, ...joined.commands].some((command) => /swarm (?:join|init)/.test(command)));
});

test("a run that ended before a machine had its label is gone on with", async () => {
  const first = {
    [standing]: "echo 'active true abc'",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
  };
  const second = { [standing]: "echo 'active false def'" };
  const { exitCode, stdout, commands, stderr } = await run("join", { first, second });
  assert.deepEqual([exitCode, stdout], [0, "def"], stderr);
  assert.ok(
    commands.includes(
      "first: docker node update --label-add berth.stack=prod --label-add berth.machine=two def",
    ),
  );
});

test("a manager without a leader for the moment is asked again which swarm it is in", async () => {
  const soon = `[ -e "$(dirname "$0")/once" ] && echo swarm-1 || touch "$(dirname "$0")/once"`;
  const first = { [standing]: "echo 'active true abc'", "docker node inspect": "echo prod" };
  const begun = await run("begin", { first: { ...first, [identified]: soon } });
  assert.deepEqual([begun.exitCode, begun.stdout], [0, "swarm-1"], begun.stderr);
  const { exitCode, stdout, stderr } = await run("begin", { first }, undefined, 1);
  assert.deepEqual(
    [exitCode, stdout, stderr],
    [1, "", "swarm: two: must say within 1 s which swarm it is in; see docker node ls there"],
  );
});

test("a manager that doesn't answer for a moment, or changes over, is in no other swarm", async () => {
  const once = (name: string, first: string, then: string) =>
    `[ -e "$(dirname "$0")/${name}" ] && ${then} || { touch "$(dirname "$0")/${name}"; ${first}; }`;
  const first = {
    ...identity,
    [standing]: once("asked", "echo 'active false abc'", "echo 'active true abc'"),
    "docker node inspect": once("told", "echo no leader >&2; exit 1", "echo prod"),
  };
  // The first that fails is asked why, which is an answer by then.
  const { exitCode, stdout, stderr } = await run("begin", { first });
  assert.deepEqual([exitCode, stdout], [0, "swarm-1"], stderr);
});

test("an engine that has just started is waited for, and one that failed isn't", async () => {
  const soon = `[ -e "$(dirname "$0")/asked" ] && echo 'active true abc' || { touch "$(dirname "$0")/asked"; echo 'pending false abc'; }`;
  const first = { [standing]: soon, "docker node inspect": "echo prod", ...identity };
  const begun = await run("begin", { first });
  assert.deepEqual([begun.exitCode, begun.stdout], [0, "swarm-1"], begun.stderr);
  const failed = await run("begin", { first: { [standing]: "echo 'error false abc'" } });
  assert.deepEqual(
    [failed.exitCode, failed.stderr],
    [
      1,
      'swarm: two: must be in no swarm, or well in this stack\'s, got "error"; see journalctl -u docker there',
    ],
  );
});

test("a manager that can't be one less while another is away stays one for now", async () => {
  const first = {
    [standing]: "echo 'active true abc'",
    "docker node demote": "exit 1",
    "docker node inspect --format '{{index .Spec.Labels \"berth.stack\"}}'": "echo prod",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
  };
  const second = { [standing]: "echo 'active true def'" };
  const { exitCode, stderr } = await run("join", { first, second });
  assert.deepEqual([exitCode, stderr], [0, "swarm: two: stays a manager for now"]);
});

const nobody = "echo 'Error: No such node: def' >&2; exit 1";
const manages = { [standing]: "echo 'active true abc'" };

const begin = (answers: Given) =>
  answered(swarmScript("begin", { stack: "prod", manager: one, others: [two] }), answers);
const selfOf = "docker node inspect --format '{{index .Spec.Labels \"berth.stack\"}}' self";

test("the first machine, made anew, comes back to the others, and the one before it is forgotten", async () => {
  const state = `[ -e "$(dirname "$0")/joined" ] && echo 'active false new' || echo 'inactive false '`;
  const { exitCode, stdout, stderr, commands } = await begin({
    first: {
      ...identity,
      [standing]: state,
      "docker swarm join": `read -r token; [ "$token" = SWMTKN-1-secret ] && touch "$(dirname "$0")/joined"`,
    },
    second: {
      [selfOf]: "echo prod",
      "docker info --format '{{.Swarm.NodeAddr}}'": "echo 10.0.0.31",
      "docker swarm join-token -q manager": "echo SWMTKN-1-secret",
      "docker node ls -q --filter node.label=berth.machine=existing": "echo old",
      "docker node inspect --format '{{.Status.State}}'": "echo ready",
    },
  });
  assert.deepEqual([exitCode, stdout], [0, "swarm-1"], stderr);
  assert.ok(commands.some((command) => /^first: .*docker swarm join .*10\.0\.0\.31:2377/.test(command)));
  assert.ok(commands.includes("second: docker node rm --force old"));
  assert.ok(
    !commands.some((command) => command.includes("swarm init") || command.includes("rm --force new")),
  );
});

test("others of another stack's swarm, or of none, are nobody to come back to", async () => {
  for (const answer of ["echo staging", "exit 1"]) {
    const state = `[ -e "$(dirname "$0")/begun" ] && echo 'active true abc' || echo 'inactive false '`;
    const { exitCode, stdout, stderr } = await begin({
      first: { ...identity, [standing]: state, "docker swarm init": `touch "$(dirname "$0")/begun"` },
      second: { [selfOf]: answer },
    });
    assert.deepEqual([exitCode, stdout], [0, "swarm-1"], stderr);
  }
});

const everyTask =
  "docker service ls -q | xargs -r docker service ps --filter desired-state=running --format '{{.CurrentState}}'";

test("one that goes is emptied first, and forgotten by the id with which it came", async () => {
  // Its work is still there when asked first, and then still on its way elsewhere.
  const turn = (name: string, now: string, then: string) =>
    `[ -e "$(dirname "$0")/${name}" ] && echo '${then}' || { touch "$(dirname "$0")/${name}"; echo '${now}'; }`;
  const first = {
    "docker node ls -q --filter role=manager": "echo abc",
    // Of the machine that has its name by now.
    "docker node ls": "echo other",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
    "docker node ps": turn("ps", "Running 3 hours ago", "Shutdown 1 second ago"),
    "docker service ls": turn("ls", "Starting 1 second ago", "Running 1 second ago"),
    "docker info --format '{{.Swarm.NodeID}}'": "echo abc",
    ...manages,
  };
  const second = { [standing]: "echo 'active false def'" };
  const { commands, exitCode, stderr } = await run("leave", { first, second, joined: "def" });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  assert.deepEqual(
    commands.filter((command) => !/docker (?:info|node inspect)/.test(command)),
    [
      "first: docker node update --availability drain def",
      "first: docker node ps --format '{{.CurrentState}}' def",
      "first: docker node ps --format '{{.CurrentState}}' def",
      `first: ${everyTask}`,
      "first: docker node ps --format '{{.CurrentState}}' def",
      `first: ${everyTask}`,
      "first: docker node demote def",
      "second: docker swarm leave --force",
      "first: docker node rm --force def",
      "first: docker node ls -q --filter role=manager",
      "first: docker swarm join-token --rotate -q worker",
      "first: docker swarm join-token --rotate -q manager",
    ],
  );
});

test("one that is gone is forgotten, and of two managers that are left one stays", async () => {
  const first = {
    "docker node ls -q --filter role=manager": "echo abc; echo ghi",
    "docker node ls": "echo def",
    "docker node inspect --format '{{.Status.State}}'": "echo down",
    "docker info --format '{{.Swarm.NodeID}}'": "echo abc",
    ...manages,
  };
  const { exitCode, stderr, commands } = await run("leave", {
    first,
    second: { docker: "exit 255", true: "exit 255" },
  });
  assert.deepEqual([exitCode, stderr], [0, "swarm: two: not reached, forgotten"]);
  assert.equal(commands.filter((command) => command.startsWith(`second: ${standing}`)).length, 1);
  assert.ok(commands.includes("first: docker node rm --force def"));
  assert.ok(commands.includes("first: docker node demote ghi"));
  assert.ok(!commands.includes("first: docker node demote abc"));
});

const containersThere = "docker ps -a --filter label=berth.stack=prod --format '{{.Names}}'";
const volumesThere = `{ ${["files", "shared", "scratch"]
  .map((role) => `docker volume ls -q --filter label=berth.stack=prod --filter label=berth.role=${role}`)
  .join(" && ")}; }`;
const cleared = `{ ${containersThere} | xargs -r docker stop; ${containersThere} | xargs -r docker rm --force --volumes; ${volumesThere} | xargs -r docker volume rm; } >/dev/null 2>&1; ${containersThere} && ${volumesThere}`;
const membersOf =
  "first: docker node ls --filter node.label=berth.machine=two --format '{{.ID}} {{.Status}}'";

test("what the stack put on a machine that stays is removed there, unless the machine is gone", async () => {
  const { commands, exitCode } = await run("tidy", {});
  assert.equal(exitCode, 0);
  assert.deepEqual(commands, [membersOf, `second: ${cleared}`]);
  const away = await run("tidy", { second: { "docker ps": "exit 255" } });
  assert.deepEqual([away.exitCode, away.stderr], [0, "swarm: two: not reached, what is on it stays"]);
});

test("what services run on a machine that leaves goes elsewhere before it is removed there", async () => {
  const counted = `n=$(cat "$(dirname "$0")/n" 2>/dev/null || echo 2); [ $n = 0 ] || echo "Running 1 second ago"; echo $((n - 1)) >"$(dirname "$0")/n"`;
  const first = {
    "docker node ls": "echo 'def Ready'",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
    "docker node ps": counted,
    ...manages,
  };
  const { commands, exitCode } = await run("tidy", { first });
  assert.equal(exitCode, 0);
  const question = "first: docker node ps --format '{{.CurrentState}}' def";
  assert.deepEqual(
    commands.filter((command) => !command.includes("service ls")),
    [
      membersOf,
      "first: docker node update --availability drain def",
      "first: docker node inspect --format '{{.Status.State}}' def",
      ...[question, question, question],
      `second: ${cleared}`,
    ],
  );
});

test("a machine that can't be cleared keeps its part in the swarm", async () => {
  const first = {
    "docker node ls": "echo 'def Ready'",
    "docker node inspect --format '{{.Status.State}}'": "echo ready",
    ...manages,
  };
  const active = "first: docker node update --availability active def";
  const held = await run("tidy", { first, second: { "docker ps": "echo proxy-two" } }, undefined, 1);
  assert.equal(held.exitCode, 1);
  assert.equal(held.commands.at(-1), active);
  for (const second of [{}, { "docker ps": "exit 255" }] as Answers[]) {
    const gone = await run("tidy", { first, second });
    assert.equal(gone.exitCode, 0);
    assert.ok(!gone.commands.includes(active));
  }
});

test("what Docker is still removing itself is waited for, and what stays is named", async () => {
  const going = `n=$(cat "$(dirname "$0")/n" 2>/dev/null || echo 2); [ $n = 0 ] || echo proxy-files; echo $((n - 1)) >"$(dirname "$0")/n"`;
  const { commands, exitCode } = await run("tidy", { second: { "docker ps": going } });
  assert.equal(exitCode, 0);
  assert.equal(commands.filter((command) => command === `second: ${cleared}`).length, 3);
  const held = await run("tidy", { second: { "docker ps": "echo proxy-two; echo files-two" } }, undefined, 2);
  assert.deepEqual(
    [held.exitCode, held.stderr],
    [
      1,
      "swarm: two: must have nothing of this stack's 2 s after it was removed, got proxy-two files-two; see docker ps -a there",
    ],
  );
});

test("of one that is gone what it had on the network is let go of, and of one that managers reach nothing", async () => {
  const second = { "docker ps": "exit 255" };
  const removed = async (status: string) => {
    const first = { "docker node ls": `echo 'def ${status}'`, ...manages };
    const { exitCode, commands } = await run("tidy", { first, second });
    assert.equal(exitCode, 0);
    return commands.filter((command) => /node (demote|rm)/.test(command));
  };
  assert.deepEqual(await removed("Down"), [
    "first: docker node demote def",
    "first: docker node rm --force def",
  ]);
  assert.deepEqual(await removed("Ready"), []);
});

test("one that managers don't know as a worker yet is removed once they do, and so is one that they change themselves", async () => {
  const once = (name: string, refusal: string) =>
    `[ -e "$(dirname "$0")/${name}" ] || { touch "$(dirname "$0")/${name}"; echo "Error response from daemon: rpc error: ${refusal}" >&2; exit 1; }`;
  const first = {
    "docker node ls -q --filter role=manager": "echo abc",
    "docker node inspect --format '{{.Status.State}}'": "echo down",
    "docker node update --availability": once("drain", "code = Unknown desc = update out of sequence"),
    "docker node rm": once("rm", "It must be demoted to worker before removal"),
    ...manages,
  };
  // Not there for a moment, while its engine changes over.
  const changing = `[ -e "$(dirname "$0")/changed" ] && echo 'active false def' || { touch "$(dirname "$0")/changed"; echo 'error false def'; }`;
  const { exitCode, stderr, commands } = await run("leave", {
    first,
    second: { [standing]: changing },
    joined: "def",
  });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  const count = (what: string) => commands.filter((command) => command.includes(what)).length;
  assert.deepEqual([count("availability drain"), count("node rm"), count(`second: ${standing}`)], [2, 2, 2]);
  const refused = { ...first, "docker node rm": "echo not today >&2; exit 1" };
  const failed = await run("leave", {
    first: refused,
    joined: "def",
    second: { [standing]: "echo 'active false def'" },
  });
  assert.deepEqual([failed.exitCode, failed.stderr], [1, "not today"]);
});

test("a manager can go while another is away, which is none from then on", async () => {
  const refused = `[ -e "$(dirname "$0")/ghi" ] || { echo "quorum would be lost" >&2; exit 1; }`;
  const first = {
    "docker node ls --filter role=manager": "echo 'abc Leader'; echo 'def Reachable'; echo 'ghi Unreachable'",
    "docker node inspect --format '{{.Status.State}}'": "echo down",
    "docker node demote def": refused,
    "docker node demote ghi": `touch "$(dirname "$0")/ghi"`,
    ...manages,
  };
  const second = { [standing]: "echo 'active false def'" };
  const { exitCode, commands, stderr } = await run("leave", { first, second, joined: "def" });
  assert.equal(exitCode, 0, stderr);
  const demoted = commands.filter((command) => command.includes("demote"));
  assert.deepEqual(
    demoted.map((command) => command.replace("first: docker node demote ", "")),
    ["def", "ghi", "def"],
  );
  const stuck = { ...first, "docker node demote ghi": "exit 1" };
  assert.equal((await run("leave", { first: stuck, second, joined: "def" })).exitCode, 1);
});

test("one that nobody knows is left at that, and none is while the manager isn't reached", async () => {
  const forgotten = await run("leave", {
    first: { "docker node inspect": nobody, ...manages },
    joined: "def",
  });
  assert.deepEqual([forgotten.exitCode, forgotten.stderr], [0, ""]);
  assert.ok(!forgotten.commands.some((command) => /node rm|swarm leave|drain/.test(command)));
  const away = await run("leave", { first: { [standing]: "exit 255" }, joined: "def" });
  assert.equal(away.exitCode, 1);
});

const impatient = (script: string) => script.replace(/^patience=.*$/m, "patience=0");
const stop = (first: Answers, seconds = 30) =>
  answered(stopScript(one, { service: "backend", seconds }), { first });
const listed = "docker service ls --filter name=backend --format '{{.Name}} {{.Replicas}}'";
const scaled = "first: docker service scale --detach backend=0";
const networksOf = (service: string) =>
  `docker service inspect --format '{{range .Spec.TaskTemplate.Networks}}{{.Target}} {{end}}' ${service}`;

test("a service that goes has stopped before, and another of a longer name is left alone", async () => {
  const counted = `n=$(cat "$(dirname "$0")/n" 2>/dev/null || echo 2); echo "backend-2 3/3"; echo "backend $n/0"; echo $((n - 1)) >"$(dirname "$0")/n"`;
  const { exitCode, stderr, commands } = await stop({ [listed]: counted });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  assert.deepEqual(
    commands.filter((command) => !command.includes("node ls")),
    [`first: ${listed}`, scaled, `first: ${listed}`, `first: ${listed}`, `first: ${networksOf("backend")}`],
  );
});

test("once it has, it lets go of each of its networks", async () => {
  const first = { [listed]: 'echo "backend 0/0"', [networksOf("backend")]: "echo abc def" };
  const { exitCode, stderr, commands } = await stop(first);
  assert.deepEqual([exitCode, stderr], [0, ""]);
  const left = (id: string) => `first: docker service update --detach --network-rm ${id} backend`;
  assert.deepEqual(commands.slice(-2), [left("abc"), left("def")]);
  assert.equal((await stop({ ...first, "docker service update": "exit 1" })).exitCode, 1);
});

test("one that is gone is left at that", async () => {
  const { exitCode, commands } = await stop({ [listed]: 'echo "backend-2 3/3"' });
  assert.deepEqual([exitCode, commands], [0, [`first: ${listed}`]]);
});

test("what a machine that is away runs is waited for no longer, and what another does is", async () => {
  const first = (where: string) => ({
    [listed]: 'echo "backend 1/0"',
    "docker node ls": "echo 'abc Ready'; echo 'def Down'",
    "docker service ps": `echo 'abc Shutdown 2 minutes ago'; echo '${where} Running 2 minutes ago'`,
  });
  assert.equal((await stop(first("def"), 0)).exitCode, 0);
  assert.equal((await stop(first("abc"), 0)).exitCode, 1);
});

test("one that doesn't stop is named, and so is a manager that isn't reached", async () => {
  const { exitCode, stderr } = await stop({ [listed]: 'echo "backend 2/0"' }, 0);
  assert.deepEqual([exitCode, stderr], [1, "swarm: backend: must have stopped within 0 s, got 2/0 running"]);
  const away = await answered(impatient(stopScript(one, { service: "backend", seconds: 30 })), {
    first: { [listed]: "exit 255" },
  });
  assert.deepEqual([away.exitCode, away.stderr], [1, "swarm: backend: the manager wasn't reached"]);
});

test("a manager that doesn't answer for a moment is asked again", async () => {
  const soon = `[ -e "$(dirname "$0")/once" ] && echo 'backend 0/0' || { touch "$(dirname "$0")/once"; exit 255; }`;
  const { exitCode, stderr, commands } = await stop({ [listed]: soon });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  assert.ok(commands.includes(scaled));
});

test("where others manage the swarm without the first, one of them stops the service and removes it", async () => {
  const script = stopScript(one, { service: "backend", seconds: 30, others: [two], passing: true });
  const second = { [listed]: 'echo "backend 0/0"' };
  const { exitCode, stderr, commands } = await answered(script, { first: { docker: "exit 255" }, second });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  assert.ok(commands.includes("second: docker service scale --detach backend=0"));
  assert.equal(commands.at(-1), "second: docker service rm backend");
  // One that is back by then has the provider remove it.
  const back = `[ -e "$(dirname "$0")/once" ] && echo 'backend 0/0' || { touch "$(dirname "$0")/once"; exit 255; }`;
  const both = await answered(script, { first: { [listed]: back }, second });
  assert.equal(both.exitCode, 0, both.stderr);
  assert.ok(both.commands.includes("second: docker service scale --detach backend=0"));
  assert.ok(!both.commands.some((command) => command.includes("service rm")), both.commands.join("\n"));
});

test("what the only manager ran is forgotten with it where machines are made anew", async () => {
  const passing = impatient(stopScript(one, { service: "backend", seconds: 30, passing: true }));
  const { exitCode, stderr, commands } = await answered(passing, { first: { [listed]: "exit 255" } });
  assert.deepEqual([exitCode, stderr], [0, "swarm: backend: not reached, forgotten"]);
  assert.deepEqual(commands, [`first: ${listed}`]);
});

const sweep = sweepScript({ stack: "prod", service: "backend", members: [one, two], release: "a1" });
const swept = (who: string) =>
  `${who}: docker volume ls -q --filter dangling=true --filter label=berth.role=scratch --filter label=berth.stack=prod --filter label=berth.service=backend | xargs -r docker volume rm`;

test("volumes that Docker left for nobody are removed on each machine that answers", async () => {
  const away = { "docker volume ls": "exit 255" };
  const { exitCode, stdout, commands } = await answered(sweep, { first: away });
  assert.deepEqual([exitCode, stdout, commands], [0, "", [swept("first"), swept("second")]]);
});

test("a service that goes leaves none of them", async () => {
  const leaving = stopScript(one, { service: "backend-1", seconds: 0 }, sweep);
  const counted = `[ -e "$(dirname "$0")/n" ] && echo "backend-1 0/0" || { touch "$(dirname "$0")/n"; echo "backend-1 2/2"; }`;
  const { exitCode, stderr, commands } = await answered(leaving, {
    first: { "docker service ls": counted },
  });
  assert.deepEqual([exitCode, stderr], [0, ""]);
  assert.deepEqual(commands.slice(1), [
    "first: docker service scale --detach backend-1=0",
    commands[0],
    `first: ${networksOf("backend-1")}`,
    swept("first"),
    swept("second"),
  ]);
});

test("Docker restarts without what an engine in a swarm refuses", () => {
  const text = (swarm?: string[]) => setupScript({ system: "vru", sshFrom: [], swarm });
  assert.match(text(["10.0.0.5"]), /"live-restore":false/);
  assert.match(text(), /"live-restore":true/);
});
