import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settingsFrom } from "../settings.ts";
import { findHost } from "../stack/hosts.ts";
import { buildStack } from "../stack/stack.ts";
import { seconds } from "../test/live/sshRig.ts";
import { swarmRig } from "../test/live/swarmRig.ts";
import { docker } from "../test/tools/docker.ts";
import { manyServices } from "./manyServices.ts";
import { measuredBy, tableOf, writeSection } from "./page.ts";

/**
 * Trivial services on one machine of a swarm and on three: `npm run bench:swarm-services`, five minutes, writes its
 * section of docs/beyond.md. Fails where a second run changes anything. `-- 50` takes others than 25 and 100.
 */
const given = process.argv.slice(2).map(Number);
const counts = given.length === 0 ? [25, 100] : given;

const rows: string[][] = [];
const folder = await mkdtemp(join(tmpdir(), "berth-swarm-services-"));
try {
  await using rig = await swarmRig("loc8", {}, { name: "sshtest-services" });
  for (const count of counts) {
    const file = join(folder, `many-${count}.ts`);
    await writeFile(file, manyServices(count));
    for (const hosts of [{}, rig.config.hosts]) {
      const config = { ...rig.config, system: file, images: {}, hosts };
      const program = async () => {
        const settings = await settingsFrom(config, folder);
        return buildStack(settings, await findHost(settings));
      };
      const [, first] = await seconds(rig.stack.up({ parallel: 32, program }));
      const [{ summary }, second] = await seconds(rig.stack.up({ parallel: 32, program }));
      const changes = Object.keys(summary.resourceChanges ?? {});
      if (changes.join() !== "same")
        throw new Error(`a second run must change nothing, got ${changes.join(", ")}`);
      const where = await Promise.all(
        rig.machines.map(async ({ standin }) => {
          const list = "docker ps -q --filter label=berth.role=service --filter health=healthy | wc -l";
          return Number(await standin.exec(list));
        }),
      );
      const machines = String(1 + Object.keys(hosts ?? {}).length);
      rows.push([
        String(count),
        machines,
        ...[first, second].map((each) => `${each.toFixed(1)} s`),
        where.join(", "),
      ]);
      console.log(rows.at(-1)?.join(" | "));
      await rig.stack.destroy({ parallel: 32 });
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const { Version } = await docker.version();
const source = measuredBy(
  ["npm run bench:swarm-services", ...(given.length === 0 ? [] : ["--", ...given])].join(" "),
  `Docker Engine ${Version}`,
);
const table = tableOf(
  ["services", "machines", "first `up`, with joining", "nothing to do, whole way", "healthy on each"],
  rows,
);
const memory =
  "How many run is memory: containers get at most nine tenths of the machine's, and never less than each one's least (`minMemory`). LOC8 by its defaults may use 1,920 MiB and needs 608. A container of a service of the swarm reserves half of its memory limit, and goes where that is free. Containers that stay on `host`, such as the database, reserve nothing that the swarm knows of: leave room for them there.";
writeSection(
  "Services",
  `${source} The same trivial container many times, each a service of the swarm with a health check, on stand-ins that share this machine's cores, so that more machines can't be faster here.\n\n${table}\n\n${memory}`,
  "beyond.md",
);
