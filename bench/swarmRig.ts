import { execa } from "execa";
import { hostsToPrepare } from "../cli/setup/host.ts";
import { peersOf } from "../cli/setup/neighbours.ts";
import { prepareMachine } from "../cli/setup/prepare.ts";
import {
  booted,
  hostSettings,
  machineFor,
  openStack,
  programOf,
  silent,
  stock,
  stockImages,
  untilAnswers,
  type Prepared,
} from "../test/live/sshRig.ts";
import { patientApplication } from "../test/tools/load.ts";
import { answers } from "./swarmTable.ts";

/** LOC8 on a machine by itself, and on three as one swarm, each a stand-in with so many CPUs. */
export interface SwarmRig extends AsyncDisposable {
  /** Where the machine by itself answers. */
  alone: string;
  /** Where each of the swarm's does, the first the one with the database. */
  members: readonly string[];
}

const system = "loc8";
const services = ["nginx", "backend", "frontend", "postgres", "redis"];
const [first, ...others] = ["sshtest-bench-one", "sshtest-bench-two", "sshtest-bench-three"] as const;

/** Brings both up, which takes minutes, and then bounds each machine. */
export async function swarmRig(cpus: number): Promise<SwarmRig> {
  const held: AsyncDisposable[] = [];
  const end = async (): Promise<void> => {
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  };
  try {
    const images = await stock();
    const machine = async (name: string): Promise<Prepared> => {
      const beside = name === first ? {} : { beside: first };
      const made = await booted({ name, stock: images, ...beside });
      held.push(made);
      return made;
    };
    // The first has the network.
    const swarm = [await machine(first)];
    for (const name of others) swarm.push(await machine(name));
    const alone = await machine("sshtest-bench-alone");
    const all = [...swarm, alone];
    const [named] = await Promise.all(all.map((one) => stockImages(system, one)));

    const common = {
      system,
      images: named,
      // A client may make as many requests as it likes, and the stores may take their time.
      rates: { api: unbounded, client: unbounded },
      environment: { backend: patientApplication },
      // No container may have more than its machine has (cgroup v1, cpu.cfs_quota_us).
      limits: Object.fromEntries(services.map((name) => [name, { cpus }])),
      protectData: false,
    };
    const own = { ...common, host: hostSettings(alone), replicas: { backend: 1, frontend: 1 } };
    const [one, two, three] = swarm.map((member) => ({
      ...hostSettings(member),
      privateAddress: member.standin.address,
    }));
    const together = {
      ...common,
      // The kernel that stand-ins share has no ESP.
      swarm: { encrypted: false },
      host: one,
      hosts: { two, three },
      replicas: { backend: 3, frontend: 3 },
    };
    const peers = peersOfEach(together);
    const prepare = (place: number, target: Prepared) =>
      prepareMachine(target.ssh, { ...machineFor(system), ports: [80], swarm: peers[place] }, silent);
    await Promise.all([...swarm, alone].map((target, place) => prepare(place, target)));

    for (const [name, config] of Object.entries({ alone: own, swarm: together })) {
      const opened = await openStack(`sshtest-bench-${name}`, programOf(config));
      held.push(opened);
      await opened.stack.up({ parallel: 32 });
    }
    for (const { standin } of all) await execa("docker", ["update", "--cpus", String(cpus), standin.name]);
    const urls = all.map(({ standin }) => `http://${standin.address}`);
    for (const url of urls)
      for (const path of Object.keys(answers))
        if ((await untilAnswers(`${url}${path}`, patience)) > patience)
          throw new Error(`${url}${path}: must answer with 200 within ${patience} s`);
    const [last = "", ...members] = urls.toReversed();
    return { alone: last, members: members.reverse(), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

const unbounded = { requests: 100_000, burst: 100_000 };
const patience = 120;

/** Of the swarm's three as `berth setup` finds them; of the one by itself nothing. */
function peersOfEach(config: Record<string, unknown>): (string[] | undefined)[] {
  const given = Object.fromEntries(Object.entries(config).map(([key, value]) => [`berth:${key}`, value]));
  const peers = peersOf(given, hostsToPrepare(given));
  return [peers?.first, peers?.beside.two, peers?.beside.three];
}
