import { sshArguments, type Connection } from "../ssh/connection.ts";
import { filledIn, quote, script } from "./scripts.ts";

/** A machine among those of one swarm. */
export interface Member {
  /** Its name in the stack. */
  machine: string;
  connection: Connection;
  /** On the network that the machines share. */
  address: string;
}

export type SwarmStep = "begin" | "join" | "leave" | "end" | "tidy";

/** A service of the swarm that is to go. */
export interface Leaving {
  /** Its name in the swarm. */
  service: string;
  /** What its containers have to end by themselves, and the machines to notice. */
  seconds: number;
  /** Machines that may manage the swarm by then. @default none */
  others?: readonly Member[];
  /** The manager may be made anew, and then be off. @default it stays */
  passing?: boolean;
}

export interface SwarmStepArgs {
  stack: string;
  /** A machine that is in the swarm from the beginning. */
  manager: Member;
  /** @default the manager */
  member?: Member;
  /** @default "worker" */
  role?: "manager" | "worker";
  /** Machines that may manage the swarm while the manager is being made anew. @default none */
  others?: readonly Member[];
}

/** Where overlays get their networks; Docker's own choice, 10.0.0.0/8, would hide private networks of machines. */
const pool = "10.201.0.0/16";

/** Seconds that a machine has to be ready in the swarm, or to be out of it. */
const deadline = 60;

/** Seconds in which a manager has to answer: one may be choosing the next leader. */
const moment = 20;

/** Seconds in which what runs on a machine that goes has to be elsewhere: to end by itself, and to start anew. */
const patience = 240;

/**
 * The POSIX shell script of one step of a machine into a swarm, or out of it, for the machine that runs Berth. Each step
 * looks first, and prints the machine's id in the swarm. What lets a machine in is read over ssh when it joins, and
 * written down nowhere.
 */
export function swarmScript(
  step: SwarmStep,
  { stack, manager, member = manager, role = "worker", others = [] }: SwarmStepArgs,
): string {
  const { machine, address } = member;
  const values = {
    stack,
    machine,
    address,
    manager_address: manager.address,
    role,
    pool,
    deadline,
    patience,
    moment,
    others: namesOf(others),
  };
  const ways = [way("manager", manager.connection), way("member", member.connection), waysTo(others)].join(
    "",
  );
  return `${filledIn(script("swarm"), values)}${script("swarm-changed")}${ways}${step}\n`;
}

/** The POSIX shell script, for the same machine, that stops a service's containers on whichever machines they run. */
export function stopScript(
  manager: Member,
  { service, seconds, others = [], passing = false }: Leaving,
  sweeping = "",
): string {
  const values = {
    service,
    deadline: seconds,
    patience: moment,
    passing: passing ? "yes" : "",
    others: namesOf(others),
  };
  const ways = way("manager", manager.connection) + waysTo(others);
  return `${filledIn(script("swarm-stop"), values)}${script("swarm-changed")}${ways}stop\n${sweeping}`;
}

/** Of which service's containers, by its name in the stack, Docker has left volumes, and where. */
export interface Sweeping {
  stack: string;
  service: string;
  members: readonly Member[];
  /** Another one has the script run again. */
  release: string;
}

/** The POSIX shell script, for the same machine, that removes volumes which Docker made and no container has. */
export function sweepScript({ stack, service, members, release }: Sweeping): string {
  const names = members.map((_, index) => `member_${index}`);
  const values = { stack, swept: service, members: names.join(" "), release };
  const ways = members.map(({ connection }, index) => way(`member_${index}`, connection)).join("");
  return `${filledIn(script("swarm-sweep"), values)}${ways}sweep\n`;
}

function namesOf(others: readonly Member[]): string {
  return others.map((_, index) => `other_${index}`).join(" ");
}

function waysTo(others: readonly Member[]): string {
  return others.map(({ connection }, index) => way(`other_${index}`, connection)).join("");
}

function way(name: string, connection: Connection): string {
  return `${name}() { ssh ${sshArguments(connection).map(quote).join(" ")} "$1"; }\n`;
}

/** Whether the machine at this place is a manager: three of them outlive one, and fewer are one. */
export function roleOf(place: number, machines: number): "manager" | "worker" {
  return place === 0 || (machines >= 3 && place < 3) ? "manager" : "worker";
}
