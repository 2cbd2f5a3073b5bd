import type * as pulumi from "@pulumi/pulumi";
import type * as z from "zod";
import type { MachineLogin } from "../../lib/logins.ts";
import type { Prepare } from "../machine/gate.ts";
import type { SshTarget } from "../ssh/connection.ts";
import type { Cost, Rented } from "./cost.ts";
import type { EngineFacts } from "./engine.ts";
import type { Explanation } from "./explanation.ts";
import type { KeptThings } from "./kept.ts";
import type { LogDriverName } from "../containers/logDrivers.ts";
import type { Capacity, Host } from "../containers/host.ts";
import type { Swarm } from "../containers/swarm.ts";

/** Settings as they are written, perhaps wrong. */
export type Written = Readonly<Record<string, unknown>>;

/**
 * A kind of host: all that anything else asks of it, so that nothing else has to know its name. Loaded by whoever asks
 * for a fact; `find` loads what makes machines, because a vendor's SDK costs a second and 100 MB.
 */
export interface Kind<Own extends { kind: string } = { kind: string }> {
  /** What settings call it, and the name of the stack's own host of this kind. */
  readonly name: string;
  /** What settings have to say of one machine. */
  readonly schema: z.ZodType<Own>;
  /** Plugins of the engine that its machines need, beside docker's and random's. */
  readonly plugins: readonly ("command" | "gcp" | "aws")[];
  /** Whether its vendor can run databases and buckets beside the machine. */
  readonly managed: boolean;
  /** Where it runs is where the program does. @default another machine */
  readonly thisMachine?: ThisMachine;
  /** How a stack has several machines of this kind. @default a stack has one */
  readonly beside?: Beside;
  /** What its machines are to each other as one swarm. @default they can't be one */
  readonly swarm?: SwarmFacts;
  /** What else is wrong with the stack's own machine, where the public comes in: setting and rule. @default nothing */
  readonly publicProblems?: (host: Written) => readonly [setting: string, rule: string][];
  /** Where a system that keeps its data in folders keeps them. @default /opt/<system>-platform */
  readonly dataRoot?: (system: string, stack: string) => string;
  /** The folder that a new machine takes over from the one it replaces. @default machines aren't replaced */
  readonly dataFolder?: (system: string) => string;
  /** How ssh gets in, where settings alone tell it; undefined while they are wrong. @default the state tells it */
  readonly target?: (host: Written) => SshTarget | undefined;
  /** Its machines are prepared by `berth setup`. @default Berth makes them, and they are prepared as they start */
  readonly setup?: Setup;
  /** How its machines log in to their vendor's registries. @default none do */
  readonly machineLogin?: MachineLogin;
  /** Where containers of its machines log while a stack says nothing of it. @default Docker's own files */
  readonly logDriver?: LogDriverName;
  /** What of its vendor's outlives a stack that is destroyed. @default nothing */
  readonly kept?: KeptThings;
  /** Options of Docker's log drivers that needn't be said, because its machines know them. @default none */
  readonly knownLogOptions?: readonly string[];
  /** What its vendor's errors mean, most particular first. @default none */
  readonly explanations?: readonly Explanation[];
  /** What to say of one machine's settings, which aren't wrong: setting and words, without `host.` before. @default nothing */
  notes?(machine: Own): readonly string[];
  /** What each machine among a state's resources costs a month. @default none is rented */
  reckon?(rented: readonly Rented[]): readonly (Cost | undefined)[];
  /** How large a machine is to be, where settings alone tell it. @default the machine tells it */
  size?(machine: Own): Capacity | undefined;
  /** Finds out what has to be known before the first resource. Throws an error that names the fix. */
  find(wanted: WantedHost<Own>): Promise<FoundHost>;
}

/** This machine, as far as it can be told from settings that may be wrong. */
export interface ThisMachine {
  /** Where the proxy is to listen, and with TLS on the second port too. */
  readonly listener: (host: Written) => { ip: string; port: number; httpsPort: number } | undefined;
  /** Where the system is to be, in words. */
  readonly place: (host: Written) => string;
}

/** What the settings of machines in one stack are to each other; all are of one kind. */
export interface Beside {
  /** Say what one machine is and where: never taken over from the stack's own. */
  readonly particular: readonly string[];
  /** Have to be as they are for the stack's own, because all are in one network and account. */
  readonly same: readonly string[];
  /** Belong to the stack's own, because the public comes in there. */
  readonly public: readonly string[];
  /** Are said of all at once, by the stack's own. @default none */
  readonly whole?: readonly string[];
  /** Have to be said of each: setting → rule. @default none */
  readonly needed?: Readonly<Record<string, string>>;
  /** What else is wrong with one beside the stack's own: setting and rule. @default nothing */
  readonly problems?: (host: Written, one: Written) => readonly [setting: string, rule: string][];
}

/** What the settings of machines are that are one swarm. */
export interface SwarmFacts {
  /** Belong to the stack's own, though the public comes in at each. */
  readonly own: readonly string[];
  /** The largest packet that its network carries, in bytes. @default 1500 */
  readonly mtu?: number;
  /** Its vendor can stand a load balancer before them: `host.loadBalancer`. @default it can't */
  readonly balanced?: boolean;
  /** Says where a machine is; others have theirs from the stack's own, and may say another. @default none does */
  readonly zone?: string;
  /**
   * What a machine that `host.machines` makes says for itself, so that it is like the stack's own; the stack's own is
   * the first, at place 0. @default each is named, among hosts
   */
  readonly each?: (host: Written, place: number) => Written;
}

/** What `berth setup` does with the settings of a machine that isn't prepared yet. */
export interface Setup {
  /** What they have to say by then: key and size are still to be learnt. */
  readonly schema: z.ZodType<UnpreparedHost>;
  readonly target: (host: UnpreparedHost, hostKey: string) => SshTarget;
}

export interface UnpreparedHost {
  address: string;
  hostKey?: string;
  /** Its address on the network that it shares with the stack's other machines. */
  privateAddress?: string;
  /** Install NVIDIA's driver and container toolkit. */
  gpu: boolean;
  /** UDP ports of the machine's own programs that are open to everyone. @default none */
  udpPorts?: readonly number[];
  /** Ready Docker to publish on IPv6 addresses. @default false */
  ipv6?: boolean;
  ssh: { allowFrom?: string[] };
}

/** The hosts that a stack is to have, and what finding them takes. */
export interface WantedHost<Own> {
  host: Own;
  /** Machines beside it, by name. */
  hosts: Readonly<Record<string, Own>>;
  system: string;
  /** Public name, empty where there is none. */
  domain: string;
  /** Whether the proxy serves HTTPS too. */
  https: boolean;
  /** Keep disk and address when everything else is destroyed. */
  protectData: boolean;
  /** All machines are one swarm. @default each is by itself */
  swarm?: boolean;
  /** The public comes in at each machine of a swarm. @default at the stack's own alone */
  everywhere?: boolean;
  /** TCP ports that machines of the stack may ever reach each other on. */
  innerPorts: readonly number[];
  /** Images that a machine pulls as itself: of `hosts` the one of this name, else the stack's own. */
  asItself: (machine?: string) => readonly string[];
  /** This machine's Docker Engine, being asked; it may have none that answers. */
  engine: Promise<EngineFacts>;
  /** What gets a machine ready, before its first container: of `hosts` the one of this name, else the stack's own. */
  prepare: (machine?: string) => Prepare;
}

/** A host whose size is known, before its first resource exists. */
export interface FoundHost {
  readonly capacity: Capacity;
  /** Makes the host's resources. */
  readonly open: () => MadeHost;
  /** Machines beside it, by name. @default none */
  readonly beside?: Readonly<Record<string, FoundBeside>>;
  /** Joins all of them to one swarm. @default they can't be one */
  readonly join?: (stack: string, first: MadeHost) => JoinedSwarm;
}

/** Machines that are one swarm, see `Swarm`. */
export type JoinedSwarm = Pick<Swarm, "joined" | "identity" | "stop">;

/** A machine beside another. */
export interface FoundBeside {
  readonly capacity: Capacity;
  /** Makes its resources, and opens the ways between the two and no others. */
  readonly open: (first: Host, ports: PortsBetween) => MadeHost;
}

/** TCP ports that two machines of a stack open to each other. */
export interface PortsBetween {
  /** Of the machine beside. */
  there: readonly number[];
  /** Of the stack's own. */
  back: readonly number[];
}

export type MadeHost = Host & pulumi.Resource;
