import type Docker from "dockerode";
import type { Kind, Written } from "../../components/hosts/kind.ts";
import { kindNamed } from "../../components/hosts/registry.ts";
import { connection, isPublicKey, pathIn, type Connection } from "../../components/ssh/connection.ts";
import { RemoteError } from "../../components/ssh/errors.ts";
import { openMaster } from "../../components/ssh/master.ts";
import { completed, machinesOf } from "../../settings/beside.ts";
import { kindOf, written } from "../hostKind.ts";
import { settingsOf, type Config } from "../overrides.ts";
import { Refusal } from "../refusal.ts";
import { wantedServices, type Checkpoint, type StateResource } from "../state/checkpoint.ts";
import { openLocalDocker } from "./open.ts";
import { dockerOver } from "./remote.ts";

/**
 * The engines a stack runs on, its own machine's first: this machine's, or over ssh. Nothing where a cloud is still to
 * make the machine: this one's containers are none of its business. Throws {@link Refusal}.
 */
export async function stackDockers(
  config: Config,
  checkpoint?: Checkpoint,
): Promise<[Docker, ...Docker[]] | undefined> {
  const [first, ...others] = await Promise.all(waysTo(config, checkpoint).map(overSsh));
  if (first !== undefined) return [first, ...others];
  const kind = kindOf(settingsOf(config).host);
  // Of a kind that nobody knows the settings' own check tells.
  return kind === undefined || kind.thisMachine !== undefined ? [openLocalDocker()] : undefined;
}

/** The same for who looks at what is there: this machine's engine stands in, which holds nothing of such a stack. */
export async function openDockers(config: Config, checkpoint?: Checkpoint): Promise<[Docker, ...Docker[]]> {
  return (await stackDockers(config, checkpoint)) ?? [openLocalDocker()];
}

/** A machine of a swarm that can't be reached. */
export interface Lost {
  /** Such as `deploy@203.0.113.5`. */
  machine: string;
  problem: string;
}

/** Machines that are looked at, and how ssh gets to each in the same order; no way where everything is on this one. */
export interface Reached {
  dockers: [Docker, ...Docker[]];
  ways: Connection[];
  lost: Lost[];
}

/**
 * The same for who only looks, of a swarm without those of its machines that can't be reached, which is said on stderr:
 * what it ran there it runs elsewhere. The stack's own machine has to be.
 */
export async function reachedDockers(
  config: Config,
  checkpoint?: Checkpoint,
  open: (way: Connection) => Promise<Docker> = overSsh,
): Promise<Reached> {
  const all = waysTo(config, checkpoint);
  const [first, ...others] = all;
  if (first === undefined || !isSwarm(config, checkpoint))
    return { dockers: await openDockers(config, checkpoint), ways: all, lost: [] };
  return await reachedBut(first, others, () => true, open);
}

/** What a run works with. */
export interface RunsOn {
  /** None where a cloud is still to make the machine. */
  dockers?: [Docker, ...Docker[]];
  /** What state has of machines that are reached. */
  checkpoint?: Checkpoint;
}

/**
 * The same for who changes what machines run: only one that settings no longer have may be away. What is there isn't
 * removed; the machine is taken out of the swarm.
 */
export async function runDockers(
  config: Config,
  checkpoint?: Checkpoint,
  open: (way: Connection) => Promise<Docker> = overSsh,
): Promise<RunsOn> {
  const [first, ...others] = waysTo(config, checkpoint);
  if (first === undefined || checkpoint === undefined || !isSwarm(config, checkpoint))
    return { dockers: await stackDockers(config, checkpoint), checkpoint };
  const { host, hosts } = settingsOf(config);
  const staying = Object.keys(written(completed(hosts, host, kindOf(host))));
  const going = providersIn(checkpoint)
    .filter(({ urn }) => !staying.includes(nameIn(urn)))
    .flatMap(({ inputs }) => wayOf(inputs) ?? [])
    .map(place);
  const { dockers, lost } = await reachedBut(first, others, (way) => going.includes(place(way)), open);
  return { dockers, checkpoint: without(checkpoint, lost) };
}

/**
 * The same for who removes the whole stack: machines of a swarm may be away, but not the stack's own, nor so many that its
 * managers have no majority. What is on one that is away stays there.
 */
export async function lastDockers(
  config: Config,
  checkpoint?: Checkpoint,
  open: (way: Connection) => Promise<Docker> = overSsh,
): Promise<{ dockers: [Docker, ...Docker[]]; lost: Lost[]; checkpoint?: Checkpoint }> {
  const { dockers, lost } = await reachedDockers(config, checkpoint, open);
  return { dockers, lost, checkpoint: checkpoint && without(checkpoint, lost) };
}

function without(checkpoint: Checkpoint, lost: readonly Lost[]): Checkpoint {
  if (lost.length === 0) return checkpoint;
  const machines = new Set(lost.map(({ machine }) => machine));
  const resources = checkpoint.resources.filter((resource) => {
    const way = resource.type === providerType ? wayOf(resource.inputs) : undefined;
    const machine = way === undefined ? machineOf(resource, checkpoint) : machineName(way);
    return machine === undefined || !machines.has(machine);
  });
  return { ...checkpoint, resources };
}

async function reachedBut(
  first: Connection,
  others: readonly Connection[],
  mayBeAway: (way: Connection) => boolean,
  open: (way: Connection) => Promise<Docker>,
): Promise<Reached> {
  const [own, ...beside] = await Promise.all([
    open(first),
    ...others.map(async (way) =>
      mayBeAway(way) ? await reachedOver(way, open) : { way, docker: await open(way).catch(saysHowToLeave) },
    ),
  ]);
  const there = beside.filter((one) => "docker" in one);
  const lost = beside.filter((one) => "problem" in one);
  for (const { problem } of lost)
    process.stderr.write(`warning: ${problem}; going on without that machine of the swarm\n`);
  return {
    dockers: [own, ...there.map(({ docker }) => docker)],
    ways: [first, ...there.map(({ way }) => way)],
    lost,
  };
}

function isSwarm(config: Config, checkpoint: Checkpoint | undefined): boolean {
  const { swarm = false, host } = settingsOf(config);
  return (
    swarm !== false ||
    machinesOf(host, kindOf(host)) > 1 ||
    (checkpoint !== undefined && wantedServices(checkpoint).length > 0)
  );
}

async function reachedOver(
  way: Connection,
  open: (way: Connection) => Promise<Docker>,
): Promise<{ way: Connection; docker: Docker } | Lost> {
  try {
    return { way, docker: await open(way) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { machine: machineName(way), problem: error.problems.join("; ") };
  }
}

/** Of a machine that settings still have: what to do where it never comes back. */
function saysHowToLeave(error: unknown): never {
  if (!(error instanceof Refusal)) throw error;
  throw new Refusal(
    error.problems.map(
      (problem) =>
        `${problem}; if the machine is gone for good, take it out of hosts, or lower host.machines, and run berth up`,
    ),
  );
}

/** The same for who can do without: where one can't be reached, none, and the reason is told. */
export async function dockersIfReached(
  config: Config,
  checkpoint: Checkpoint | undefined,
  say: (line: string) => void,
): Promise<[Docker, ...Docker[]] | undefined> {
  return stackDockers(config, checkpoint).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error;
    for (const problem of error.problems) say(`not looked at: ${problem}`);
    return undefined;
  });
}

/**
 * Engines of machines that settings name beside the stack's own and that no run has used yet, as far as they answer: a
 * first run is watched there too. What is wrong with such a machine the run itself tells.
 */
export async function newDockers(config: Config, checkpoint?: Checkpoint): Promise<Docker[]> {
  const known = waysTo(config, checkpoint).map(place);
  const found = await Promise.all(
    waysBeside(config)
      .filter((way) => !known.includes(place(way)))
      .map((way) => overSsh(way).catch(unlessRefused)),
  );
  return found.filter((docker) => docker !== undefined);
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error;
}

/** How ssh gets to each machine of a stack, its own first; none where everything is on this one. */
export function waysTo(config: Config, checkpoint?: Checkpoint): Connection[] {
  const ways = [...waysInSettings(config), ...(checkpoint ? waysInState(checkpoint) : [])];
  return ways.filter((way, index) => ways.findIndex((other) => place(other) === place(way)) === index);
}

/** What ssh says of a machine that isn't there any more: it doesn't answer, or was made anew. */
const goneWords = /^host\.(?:address: \S+ doesn't answer;|hostKey: must be the key of )/;

/** Those of these machines that are still there, or of which that can't be told from here, with the reason. */
export async function machinesThere(
  ways: readonly Connection[],
  open: (way: Connection) => Promise<Docker> = overSsh,
): Promise<string[]> {
  const found = await Promise.all(
    ways.map(async (way) => {
      const reached = await reachedOver(way, open);
      if ("docker" in reached) return `${machineName(way)}, which is there`;
      if (goneWords.test(reached.problem)) return undefined;
      return `${machineName(way)}, of which that can't be told: ${reached.problem}`;
    }),
  );
  return found.filter((machine) => machine !== undefined);
}

/** Whether settings alone name the stack's own machine: this one, or a server that is there already. */
export function isNamed(config: Config): boolean {
  return kindOf(settingsOf(config).host)?.thisMachine !== undefined || waysInSettings(config).length > 0;
}

/** What settings say of the machine that a way leads to; nothing of one that only the state knows. */
export function hostAt(config: Config, way: Connection): Written {
  const { host } = settingsOf(config);
  const all = [written(host), ...hostsBeside(config)];
  return all.find((one) => wayIn(one, kindOf(host)).some((other) => place(other) === place(way))) ?? {};
}

/** What people call the machine that a way leads to, such as `deploy@203.0.113.5`. */
export function machineName(way: Connection): string {
  return place(way).replace("ssh://", "");
}

/** The machine that a resource is on, by the provider that made it; nothing for this one. */
export function machineOf({ provider }: StateResource, { resources }: Checkpoint): string | undefined {
  const found = resources.find(
    ({ type, urn, id = "" }) => type === providerType && `${urn}::${id}` === provider,
  );
  const way = wayOf(found?.inputs);
  return way && machineName(way);
}

/** A state of before had the port that everybody takes written out. */
function place({ url }: Connection): string {
  return url.replace(/:22$/, "");
}

async function overSsh(connection: Connection): Promise<Docker> {
  try {
    await openMaster(connection);
  } catch (error) {
    if (error instanceof RemoteError) throw new Refusal([error.message]);
    throw error;
  }
  return dockerOver(connection);
}

/** Servers that are there already are where settings say; what is wrong with settings is said elsewhere. */
function waysInSettings(config: Config): Connection[] {
  const { host } = settingsOf(config);
  return wayIn(written(host), kindOf(host));
}

function waysBeside(config: Config): Connection[] {
  const kind = kindOf(settingsOf(config).host);
  return hostsBeside(config).flatMap((one) => wayIn(one, kind));
}

function hostsBeside(config: Config): Written[] {
  const { host, hosts } = settingsOf(config);
  return Object.values(written(completed(hosts, host, kindOf(host)))).map(written);
}

function wayIn(host: Written, kind: Kind | undefined): Connection[] {
  const target = kind?.target?.(host);
  return target === undefined ? [] : [connection(target)];
}

const providerType = "pulumi:providers:docker";

/** Machines that a run has made or used, as the engine's state has the way to them. */
function waysInState(checkpoint: Checkpoint): Connection[] {
  // Named after its kind, as the stack's own machine is.
  const own = (urn: string) => kindNamed(nameIn(urn)) !== undefined;
  return providersIn(checkpoint)
    .toSorted((a, b) => Number(own(b.urn)) - Number(own(a.urn)))
    .flatMap(({ inputs }) => wayOf(inputs) ?? []);
}

function providersIn({ resources }: Checkpoint): StateResource[] {
  return resources.filter(({ type, delete: going }) => type === providerType && going !== true);
}

function nameIn(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** What `connection` once made of a target, taken apart again. */
export function wayOf(inputs: StateResource["inputs"]): Connection | undefined {
  const url = typeof inputs?.host === "string" ? inputs.host : "";
  const [, user, bracketed, plain, port] =
    /^ssh:\/\/([^@]+)@(?:\[(.+)\]|([^:[\]]+))(?::(\d+))?$/.exec(url) ?? [];
  const address = bracketed ?? plain;
  if (user === undefined || address === undefined) return undefined;
  const options = new Map(optionsIn(inputs?.sshOpts).map((option) => split(option)));
  const helperKey = options.get("KnownHostsCommand")?.replace(/^\S+ berth /, "") ?? "";
  const hostKey = isPublicKey(helperKey) ? helperKey : (options.get("UserKnownHostsFile") ?? "");
  const word = options.get("IdentityFile");
  const key = word === undefined ? undefined : pathIn(word);
  const proxyCommand = options.get("ProxyCommand");
  return connection({
    address,
    user,
    ...(port !== undefined && { port: Number(port) }),
    hostKey,
    key,
    proxyCommand,
  });
}

/** The engine keeps a provider's lists as JSON. */
function optionsIn(value: unknown): string[] {
  const list: unknown = typeof value === "string" ? JSON.parse(value) : value;
  return Array.isArray(list) ? list.map(String).filter((word) => word !== "-o") : [];
}

function split(option: string): [string, string] {
  const equals = option.indexOf("=");
  return [option.slice(0, equals), option.slice(equals + 1)];
}
