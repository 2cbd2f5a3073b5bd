import type { Connection } from "../../components/ssh/connection.ts";
import { remote } from "../../components/ssh/session.ts";
import { reasonOf } from "../refusal.ts";
import { bytes } from "../units.ts";
import type { Verdict } from "./verdicts.ts";

/** Share of a disk that has to be free. Monitoring warns of the last tenth; here databases are near to standing still. */
const leastFree = 0.05;

/** Where the engine keeps its data, and its volumes, which may lie on a disk of their own. */
const question = `r=$(docker info --format '{{.DockerRootDir}}'); s=; [ $(id -u) = 0 ] || s='sudo -n'
LC_ALL=C $s df -Pk "$r" "$r/volumes" 2>&1 || :`;

/** Whether a machine's disks have room for what its containers write. */
export async function lookAtDisk(way: Connection): Promise<Verdict> {
  const answer = await remote(way, question, { deadline: 30 }).catch(reasonOf);
  return diskVerdict(`disk of ${way.target.address}`, answer);
}

/** What `df -Pk` says of one or two folders: the fullest counts. */
export function diskVerdict(what: string, answer: string): Verdict {
  const level = "machine";
  const disks = answer
    .split("\n")
    .map((line) => /^\S.*? +(\d+) +\d+ +(\d+) +\d+% +(\/.*)$/.exec(line))
    .flatMap((found) =>
      found ? [{ size: Number(found[1]), free: Number(found[2]), folder: found[3] ?? "" }] : [],
    )
    .sort((a, b) => a.free / a.size - b.free / b.size);
  const [fullest] = disks;
  if (fullest === undefined)
    return { level, what, outcome: "fail", detail: answer.trim().split("\n")[0] ?? "" };
  const { size, free, folder } = fullest;
  const detail = `${bytes(free * 1024)} of ${bytes(size * 1024)} free in ${folder}`;
  if (free >= size * leastFree) return { level, what, outcome: "pass", detail };
  const fix = "remove what nobody needs, for example with docker image prune there, or make it larger";
  return { level, what, outcome: "fail", detail: `${detail}; ${fix}` };
}
