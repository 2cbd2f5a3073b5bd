import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupCommand } from "../cli/backup/command.ts";
import { probeImage } from "../components/containers/probeHealth.ts";
import { resticImage } from "../services/backup/definition.ts";
import { parseSettings } from "../settings.ts";
import { systemNames, type SystemName } from "../systems/index.ts";
import { inside, only, rotate, type Rotation } from "../test/live/rotated.ts";
import { docker } from "../test/tools/docker.ts";
import { status } from "../test/tools/http.ts";
import { postsAmong } from "../test/tools/load.ts";
import { removeReleases } from "../test/tools/release.ts";
import { LiveStack } from "../test/tools/stack.ts";
import { until } from "../test/tools/wait.ts";
import { measuredBy, seconds, tableOf, writeSection } from "./page.ts";
import { rotatedSystems, type RotatedSystem } from "./rotatedSystems.ts";

/**
 * Every secret that `berth rotate --list` names, of every system, each under 50 requests a second: `npm run bench:rotate`,
 * 25 minutes, writes the table of docs/rotation.md. `npm run bench:rotate -- docsai arv` takes some and prints it. Fails
 * where a request fails, a former value is taken for more than a minute, or anything kept is gone.
 */
const chosen = process.argv.slice(2);
const names = systemNames.filter((name) => chosen.length === 0 || chosen.includes(name));
const rows: string[][] = [];

for (const name of names) await measure(name, rotatedSystems[name]);
const { Version } = await docker.version();
const head = ["", "rotated in one run", "failed requests", "the run took", "last taken after it"];
const command = ["npm run bench:rotate", ...(chosen.length === 0 ? [] : ["--", ...names])].join(" ");
const table = `Each system at 50 requests a second, half of them on a connection of its own and nothing retried, that ask its stores; every fourth is a POST, and each was a row afterwards. Every secret that \`berth rotate --list\` names, with backups, and but for DocsAI with the exporter that logs in to PostgreSQL: in one run those that need not be named, in another those that must, and DocsAI's key again. The last column is when, after the run's end, the last try began that an old value was let in by; each was tried again and again until it was refused, and then each new one. Redis kept what it held, uploads and sessions were there, backups of before were read by the new password, and ARV's tasks, one a second beside it, were done once each. In place of Grafana, whose image has no offline source, a stand-in takes and refuses passwords.

${measuredBy(command, `Docker Engine ${Version}`)}

${tableOf(head, rows)}`;
console.log(table);
if (chosen.length === 0) writeSection("Measured", table, "rotation.md");

async function measure(system: SystemName, { config: own, rig: rigOf }: RotatedSystem): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "berth-rotated-"));
  const config = { ...(await own(folder)), backup: { to: join(folder, "backups") } };
  await mkdir(config.backup.to);
  const stack = await LiveStack.open({ system, config, images: [probeImage, resticImage] });
  try {
    await stack.up();
    const rig = rigOf(stack);
    const { load, logins, named, overlapping = [] } = rig;
    await until("ready", 120, async () => (await status(`${stack.url}${load.get}`)) === 200);
    const { rotate: all } = parseSettings({ system, host: { kind: "local" }, ...config });
    assert.deepEqual(Object.keys(logins).sort(), Object.keys(all).sort());
    const check = await rig.kept();
    const backups = async () => {
      const { code, output } = await inside(stack, "backup", backupCommand("snapshots"));
      assert.equal(code, 0, output);
      return (JSON.parse(output) as { time: string }[]).map(({ time }) => time);
    };
    const first = await inside(stack, "backup", backupCommand("run"));
    assert.equal(first.code, 0, first.output);
    const made = await backups();
    assert.equal(made.length, 1);
    const containers = () => Promise.all(rig.stores.map((store) => stack.containers(store)));
    const before = await containers();
    const under = async (secrets: string[], counters: Record<string, number>) => {
      const former = await rig.count();
      const rotation = await rotate({
        stack,
        logins: only(logins, secrets),
        load,
        overlapping: overlapping.filter((secret) => secrets.includes(secret)),
        counters,
      });
      say(system, secrets, rotation);
      assert.deepEqual(rotation.report.failures, {}, rotation.report.examples.join("\n"));
      assert.equal((await rig.count()) - former, postsAmong(rotation.report.sent), "each POST is a row");
      await check(rotation.counters);
      return rotation.counters;
    };
    // As the command does that names none; then those that it has to be given by name.
    const unnamed = Object.keys(logins).filter((secret) => !named.includes(secret));
    const counters = await under(unnamed, {});
    await under([...named, ...overlapping], counters);
    assert.deepEqual(await containers(), before, "no store started anew");
    assert.deepEqual(await backups(), made, "what was backed up is read by the new password");
  } finally {
    await stack.close();
    await removeReleases();
    await rm(folder, { recursive: true, force: true });
  }
}

function say(system: string, secrets: readonly string[], { seconds: took, last, report }: Rotation): void {
  const { sent, failures } = report;
  const failed = Object.entries(failures).map(([why, often]) => `${often} × ${why}`);
  const late = Object.entries(last).map(([secret, passed]) => `${code(secret)} ${seconds(passed)}`);
  const quick = secrets.length - late.length;
  const none = quick === 0 ? [] : [late.length === 0 ? "none" : "the others not"];
  const row = [
    system,
    secrets.map(code).join(", "),
    `${failed.length === 0 ? "0" : failed.join(", ")} of ${sent.toLocaleString("en")}`,
    seconds(took),
    [...late, ...none].join(", "),
  ];
  rows.push(row);
  console.log(row.join(" | "), `p99 ${report.p99} ms, slowest ${report.worst} ms`);
}

function code(word: string): string {
  return `\`${word}\``;
}
