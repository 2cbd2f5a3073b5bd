import assert from "node:assert/strict";
import { hostsToPrepare } from "../../cli/setup/host.ts";
import { peersOf } from "../../cli/setup/neighbours.ts";
import { prepareMachine } from "../../cli/setup/prepare.ts";
import type { SystemName } from "../../systems/index.ts";
import { until } from "../tools/wait.ts";
import {
  booted,
  hostSettings,
  machineFor,
  openStack,
  programOf,
  silent,
  stock,
  stockImages,
  type OpenStack,
  type Prepared,
} from "./sshRig.ts";

/** Servers, each prepared to be in a swarm with the others, and a stack that isn't up yet. */
export interface SwarmRig extends AsyncDisposable {
  /** The stack's. */
  name: string;
  stack: OpenStack["stack"];
  /** Settings of the stack on all of them. */
  config: Record<string, unknown>;
  /** The program, with settings laid over those. */
  program: (over?: Record<string, unknown>) => ReturnType<typeof programOf>;
  /** The same, as a stack's file has them. */
  given: Record<string, unknown>;
  machines: readonly Prepared[];
  machine: (place: number) => Prepared;
  url: (place: number) => string;
  /** Services of which something healthy runs on a machine. */
  running: (place: number) => Promise<string[]>;
  /** Once every service of the swarm has all its containers, as a machine's manager counts them. */
  whole: (place: number, deadlineSeconds: number) => Promise<void>;
  /** Cuts a machine's power, and waits until the first knows, and what ran there runs elsewhere. */
  dies: (place: number) => Promise<void>;
}

/** Servers as a swarm with the settings that a system's stack has beside; `beside` are the names of `hosts`. */
export async function swarmRig(
  system: SystemName,
  settings: Record<string, unknown>,
  { name = "sshtest-swarm", beside = ["two", "three"] }: { name?: string; beside?: readonly string[] } = {},
): Promise<SwarmRig> {
  const held: AsyncDisposable[] = [];
  const dispose = async () => {
    for (const one of held.reverse()) await one[Symbol.asyncDispose]();
  };
  try {
    const images = await stock();
    const machines: Prepared[] = [];
    for (const each of ["one", ...beside].map((part) => `${name}-${part}`)) {
      const first = machines[0]?.standin.name;
      const one = await booted({ name: each, stock: images, ...(first !== undefined && { beside: first }) });
      held.push(one);
      machines.push(one);
    }
    const named = await Promise.all(machines.map((one) => stockImages(system, one)));
    const hosts = machines.map((one) => ({ ...hostSettings(one), privateAddress: one.standin.address }));
    const config = {
      system,
      images: named[0],
      // The kernel that stand-ins share has no ESP. A size of packets that isn't Docker's own.
      swarm: { encrypted: false, mtu: 1450 },
      host: hosts[0],
      hosts: Object.fromEntries(beside.map((each, index) => [each, hosts[index + 1]])),
      protectData: false,
      ...settings,
    };
    // As `berth setup` does it, from the same settings.
    const given = Object.fromEntries(Object.entries(config).map(([key, value]) => [`berth:${key}`, value]));
    const peers = peersOf(given, hostsToPrepare(given));
    const all = [peers?.first, ...beside.map((each) => peers?.beside[each])];
    await Promise.all(
      machines.map((one, place) =>
        prepareMachine(one.ssh, { ...machineFor(system), ports: [80, 443], swarm: all[place] }, silent),
      ),
    );
    const program = (over: Record<string, unknown> = {}) => programOf({ ...config, ...over });
    const opened = await openStack(name, program());
    held.push(opened);
    const machine = (place: number): Prepared => {
      const found = machines[place];
      assert.ok(found, `machine ${place}`);
      return found;
    };
    const whole = async (place: number, deadlineSeconds: number) => {
      // What `docker service ls` counts has what ran on a machine that is away, too; one that is to be ready waits.
      const tasks =
        "docker service ls -q | xargs docker service ps --format '{{.Name}} {{.DesiredState}} {{.CurrentState}}'";
      await until("all containers of all services run", deadlineSeconds, async () => {
        const lines = (await machine(place).standin.exec(tasks)).split("\n");
        const all = lines.filter((line) => !/^\S+ (?:Shutdown|Remove) /.test(line));
        assert.ok(all.length > 0 && all.every((line) => /^\S+ Running Running /.test(line)), all.join(", "));
        return true;
      });
    };
    return {
      name,
      stack: opened.stack,
      config,
      given,
      program,
      machines,
      machine,
      url: (place) => `http://${machine(place).standin.address}`,
      running: async (place) => {
        const format = "--format '{{.Label \"berth.service\"}}'";
        const filters = "--filter label=berth.role=service --filter health=healthy";
        const found = await machine(place).standin.exec(`docker ps ${filters} ${format} | sort -u`);
        return found.split("\n").filter((each) => each !== "");
      },
      whole,
      dies: async (place) => {
        const { standin } = machine(place);
        // Another that was away may count as such still.
        const id = await standin.exec("docker info --format '{{.Swarm.NodeID}}'");
        await standin.kill();
        await until("the managers know that it is gone", 180, async () => {
          const states = await machine(0).standin.exec("docker node ls --format '{{.ID}} {{.Status}}'");
          assert.ok(states.split("\n").includes(`${id} Down`), states);
          return true;
        });
        await whole(0, 300);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Everything of a system's that a machine has, and whether it is in a swarm. */
export const left = [
  "docker ps -aq --filter label=berth.system",
  "docker volume ls -q --filter label=berth.system",
  "docker network ls -q --filter label=berth.system",
  "docker info --format '{{.Swarm.LocalNodeState}}'",
].join("; ");
