import { cpus as processors } from "node:os";
import { Command } from "commander";
import { docker } from "../test/tools/docker.ts";
import { measuredBy, writeSection } from "./page.ts";
import { swarmRig } from "./swarmRig.ts";
import { answers, idleSentence, idleShare, sides, swarmTable, type Answer, type Turn } from "./swarmTable.ts";
import { requestsPerSecond } from "./wrk.ts";

/**
 * Requests a second through LOC8's proxy on a machine by itself, through one proxy of three machines that are a swarm, and
 * through all three at once: `npm run bench:swarm`, which writes its section of docs/beyond.md. The four machines are
 * stand-ins on this one, so each is held to a share of a CPU, of which something is left for who asks.
 */
const { rounds, seconds, cpus } = new Command()
  .option("--rounds <number>", "of which the worst is told", Number, 5)
  .option("--seconds <number>", "of each turn", Number, 5)
  .option("--cpus <number>", "of each stand-in, at least 0.1", Number, 0.4)
  .parse()
  .opts<{ rounds: number; seconds: number; cpus: number }>();

/** To each proxy. */
const connections = 32;

await using rig = await swarmRig(cpus);
const proxies = {
  alone: [rig.alone],
  // One that shares its machine with no database.
  one: rig.members.slice(1, 2),
  three: rig.members,
};
const turns: Turn[] = [];
for (let round = 1; round <= rounds; round++)
  for (const answer of Object.keys(answers) as Answer[])
    for (const side of sides) {
      const before = processors();
      const load = { seconds, connections, patience: 30 };
      const rates = await Promise.all(
        proxies[side].map((url) => requestsPerSecond({ ...load, url: `${url}${answer}` })),
      );
      const idle = idleShare(before, processors());
      const rate = rates.reduce((sum, each) => sum + each, 0);
      turns.push({ side, answer, rate, idle });
      console.log(`round ${round} of ${rounds}, ${side}, ${answer}: ${rate.toFixed(0)} a second`);
    }

const { Version } = await docker.version();
const source = measuredBy(
  ["npm run bench:swarm --", ...process.argv.slice(2)].join(" "),
  `Docker Engine ${Version}`,
);
const how = `Requests a second, the lowest of ${rounds} rounds; beside them what three proxies reach of the others, the lowest ratio of a round. LOC8, of each application one container a machine, on stand-ins with ${cpus} CPUs each (\`docker update --cpus ${cpus}\`), \`wrk -t1 -c${connections} -d${seconds}s\` to each proxy from outside, by turns. The stand-ins share this machine's ${processors().length} cores, of which ${(processors().length - 3 * cpus).toFixed(1)} are left to wrk and the kernel; the overlay isn't encrypted.`;
const text = `${source} ${how}\n\n${swarmTable(turns)}\n\n${idleSentence(turns)}`;
console.log(text);
writeSection("Requests a second", text, "beyond.md");
