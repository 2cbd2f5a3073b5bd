import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { errorTexts, textsIn } from "../tools/errorTexts.ts";

const root = join(import.meta.dirname, "../..");
const places = [
  "cli",
  "components",
  "toolchain",
  "stack",
  "settings",
  "settings.ts",
  "settings/builds/sources.ts",
  "lib",
  "services/external",
  "services/objectStore/form.ts",
  "services/postgres/form.ts",
  "services/redis/form.ts",
  "services/backup/scripts",
  "services/postgres/postgres.check.ts",
  "services/proxy/changedRoutes.ts",
];
const { errors, passedOn, all } = errorTexts(places);

/** Texts that nobody who runs a system gets to see as an error. */
const unseen = [
  // What another program said, after what it was about.
  "…",
  "…: …",
  // Nobody but Berth tells it anything.
  'must be told serve, run, drill, end, free, status, snapshots, manifest or restore, got "…"',
  // Settings have been checked by then.
  "settings without a problem are there",
  "hosts.…: must be beside a machine of …",
  "a service of a swarm must run on any machine, got …",
  // The engine makes the seed.
  "seed: must be 32 bytes in base64, got …",
  // What one machine alone has keeps an application on it.
  "a service of a swarm must run on any machine, got …",
  // The compiler, and the check of a system's file, have refused such a name before.
  "…: must be a service that isn't switched off",
  "…: must be a job of the system",
  "…: must be a service of the system",
  "…: must be a volume of a service that is there",
  // An application that can't stays a container of its machine.
  "a service of a swarm must run on any machine, got …",
  // For whoever edits package.json.
  'package.json: … must be an exact version, got "…"',
  // A command that only the machine's own services call.
  "usage: berth-firewall machine|docker|hold|free|open|print|check",
  // What a preview says of the price.
  "host.cost: … … USD a month…: …; prices of … (…), without …",
  // Why a run takes the full way and asks the engine: said with --verbose, and nothing to mend.
  "docker: must answer 200 to …, got …",
  "docker: no answer",
  '…: must be healthy, got "unhealthy"',
  '…: must run, got "…"',
  "…: must have ended with 0, got …",
  "there is no passphrase",
  "…: must be there",
  "the state isn't a file of this machine",
  '… imports "…", which may change by itself',
  '… says "…", which may be another each time',
];

/** Files whose errors are made of words that stand elsewhere in the sources, or that are another program's. */
const relays = [
  "cli/backup/place.ts",
  "cli/compile.mjs",
  "cli/destroy/gone.ts",
  "cli/docker/machines.ts",
  "cli/docker/open.ts",
  "cli/docker/remote.ts",
  "cli/lock/resolve.ts",
  "cli/main.ts",
  "cli/preflight/stores.ts",
  "cli/prune/find.ts",
  "cli/ready.ts",
  "cli/restore/run.ts",
  "cli/rollback/alone.ts",
  "cli/rollback/record.ts",
  "cli/rotate/counters.ts",
  "cli/session.ts",
  "cli/setup/host.ts",
  "cli/setup/neighbours.ts",
  "cli/setup/prepare.ts",
  "cli/setup/setup.ts",
  "cli/stackFile/revealed.ts",
  "cli/state/lockElsewhere.ts",
  "cli/upgrade/exchange.ts",
  "cli/upgrade/image.ts",
  "cli/upgrade/job.ts",
  "cli/upgrade/place.ts",
  "cli/verbs/build.ts",
  "cli/verbs/destroy.ts",
  "cli/verbs/env.ts",
  "cli/verbs/inside.ts",
  "cli/verbs/logs.ts",
  "cli/verbs/previewFull.ts",
  "cli/verbs/restart.ts",
  "cli/verbs/rollback.ts",
  "cli/verbs/rotate.ts",
  "cli/verbs/tunnel.ts",
  "cli/verbs/unlock.ts",
  "cli/verbs/upFull.ts",
  "cli/verbs/upgrade.ts",
  "cli/verbs/validate.ts",
  "components/containers/override.ts",
  "components/dns/google.ts",
  "components/dns/route53.ts",
  "components/ssh/hostKey.ts",
  "components/ssh/master.ts",
  "components/ssh/session.ts",
  "settings.ts",
  "settings/builds/sources.ts",
  "stack/images.ts",
  "stack/stack.ts",
  "stack/storedSecrets.ts",
  "toolchain/docker.ts",
  "toolchain/download.ts",
  "toolchain/go.ts",
  "toolchain/images/engine.ts",
  "toolchain/images/index.ts",
  "toolchain/images/pull.ts",
  "toolchain/images/run.ts",
  "toolchain/pullThere.ts",
  "toolchain/source/build.ts",
];

/** What a new kind of host says may be on the kind's own page. */
const pages = [
  "docs/troubleshooting.md",
  ...readdirSync(join(root, "docs/hosts")).map((file) => `docs/hosts/${file}`),
];

/** Each error of a page stands at the beginning of a line, in a list. */
const documented = pages
  .flatMap((page) => [...readFileSync(join(root, page), "utf8").matchAll(/^(?:- | {2})`([^`]+)`\\?$/gm)])
  .map(([, text = ""]) => text);

test("every error that a command may end with is explained in docs/troubleshooting.md", () => {
  const known = new Set([...documented, ...unseen]);
  const missing = errors.filter(({ text }) => !known.has(text)).map(({ file, text }) => `${file}: ${text}`);
  assert.deepEqual(missing, []);
});

test("every error that the page explains, or this test leaves out, occurs in the sources", () => {
  assert.ok(documented.length > 200, `found ${documented.length} errors in the page`);
  assert.deepEqual(
    [...documented, ...unseen].filter((text) => !all.has(text)),
    [],
  );
});

test("no error is explained twice", () => {
  assert.deepEqual(
    documented.filter((text, index) => documented.indexOf(text) !== index),
    [],
  );
});

test("an error without words of its own is made where that is known", () => {
  assert.deepEqual([...new Set(passedOn.map(({ file }) => file))].toSorted(), relays);
});

test("an error is seen however it is written", () => {
  const source = `
    throw new Refusal([\`a: is \${b}\`]);
    throw new PlainError(words);
    problems.push(\`port: must be free, \` + \`got "\${port}"\`);
    const settings = rule("must be even", isEven);`;
  const script = `fail "disk: full of $(df "$folder" | tail -n 1)"\necho "it is not \\"there\\"" >&2\necho "all well"`;
  const found = textsIn([
    ["a.ts", source],
    ["b.sh", script],
  ]);
  assert.deepEqual(
    found.errors.map(({ text }) => text),
    ["a: is …", 'port: must be free, got "…"', "must be even", "disk: full of …", 'it is not "there"'],
  );
  assert.deepEqual(found.passedOn, [{ file: "a.ts", words: "words" }]);
});
