import type Docker from "dockerode";
import type { Connection } from "../../components/ssh/connection.ts";
import type { Settings } from "../../settings.ts";
import { waysTo } from "../docker/machines.ts";
import { engineInfo, isLocal, type EngineInfo } from "../docker/open.ts";
import { ownedByAll, type Owned } from "../docker/owned.ts";
import { changedByHand } from "../drift/look.ts";
import { type Home } from "../home.ts";
import { kindOf, written } from "../hostKind.ts";
import { settingsOf } from "../overrides.ts";
import { shortNameOf, systemOf, type StackFile } from "../project.ts";
import { ownerOf, type Checkpoint } from "../state/checkpoint.ts";
import { findDrift, type Drift } from "../state/drift.ts";
import { engineLocks, lockProblem, type FoundLock } from "../state/locks.ts";
import { restoreProblems } from "../restore/followed.ts";
import { plainNotes } from "../../settings/plain.ts";
import { upgradeProblems } from "../upgrade/owner.ts";
import { count } from "../units.ts";
import { counterProblems } from "./counters.ts";
import { engineProblems, reach } from "./engine.ts";
import { collectorProblems, driverProblems } from "./logging.ts";
import { guardedProblems } from "./guarded.ts";
import { networkProblem } from "./networks.ts";
import { passphraseProblem } from "./passphrase.ts";
import { portProblem, type Listener } from "./ports.ts";
import { serverPortProblems } from "./serverPort.ts";
import { checkFit, checkSettings, type CheckedSettings } from "./settings.ts";
import { backupFolderProblem, sourceProblems } from "./sources.ts";
import { storeProblems } from "./stores.ts";

export interface PreflightArgs {
  /** The engines of the stack's machines, its own first; without them what they hold isn't looked at. */
  dockers?: readonly [Docker, ...Docker[]] | undefined;
  home: Home;
  stack: StackFile;
  checkpoint: Checkpoint | undefined;
  /** What is known of the settings already. @default they are read */
  checked?: CheckedSettings;
  /** The loss of data volumes is accepted. */
  newEngine?: boolean;
  /** Check the passphrase here, though the engine will; it takes a quarter of a second. @default only beside other problems */
  checkPassphrase?: boolean;
  /** Another command is known to have the stack: the lock of its engine would say the same again. @default false */
  busy?: boolean;
  /** Read the secrets that stores keep, as the program will: what it can't read it would refuse when much is done. @default true */
  readStores?: boolean;
}

export interface Preflight {
  /** A line each; that Docker doesn't answer is one of them. */
  problems: string[];
  warnings: readonly string[];
  /** Absent when there is a problem with them. */
  settings?: Settings;
  /** Docker doesn't answer; then nothing is known of what it holds. */
  unreachable: boolean;
  owned: Owned;
  drift: Drift;
  /** Locks whose holders are gone. */
  stale: FoundLock[];
}

/** Everything that can be known to go wrong before anything is made, all at once. */
export async function preflight(args: PreflightArgs): Promise<Preflight> {
  const { home, stack, checkpoint, checkPassphrase = false, busy = false, readStores = true } = args;
  const { settings, problems } = args.checked ?? (await checkSettings(stack));
  const system = settings?.system ?? shortNameOf(systemOf(stack));
  const [docker, stores, locks] = await Promise.all([
    checkDocker(args, settings && (settings.network || settings.definition.network)),
    settings && readStores ? storeProblems(settings) : [],
    engineLocks(home, stack.name),
  ]);
  const { info, others } = docker;
  const list = async () => (info === undefined ? [] : ((await args.dockers?.[0].listContainers()) ?? []));
  const fit = settings ? await checkFit(settings, info) : { problems: [], warnings: [] };
  const given = settingsOf(stack.config);
  const listener = kindOf(given.host)?.thisMachine?.listener(written(given.host));
  const ports = await Promise.all(
    listenersOf(listener, settings?.tls).map((one) => portProblem(one, stack.name, list, isLocal())),
  );
  const ways = kindOf(given.host)?.thisMachine || !info ? [] : waysTo(stack.config, checkpoint);
  const [way] = kindOf(given.host)?.setup ? ways : [];
  const held = way ? await serverPortProblems(way, (settings?.tls ?? false) !== false) : [];
  const found = [
    ...problems,
    ...fit.problems,
    ...systemProblem(stack, system, checkpoint),
    ...counterProblems(settings?.rotate ?? {}, checkpoint),
    ...(settings && checkpoint ? guardedProblems(stack.name, settings, checkpoint) : []),
    ...(await sourceProblems(given.development)),
    ...(settings?.hostKind.thisMachine && isLocal() ? await backupFolderProblem(settings.backup) : []),
    ...[...ports, ...held].filter((problem) => problem !== undefined),
    ...(settings && info ? await loggingProblems(settings.logging, [info, ...others], ways) : []),
    ...docker.problems,
    ...stores,
    ...(busy ? [] : locks.filter(({ alive }) => alive).map((lock) => lockProblem(stack.name, lock))),
  ];
  const secret = await passphraseProblem(
    home,
    stack.name,
    checkpoint?.salt,
    checkPassphrase || found.length > 0,
  );
  return {
    problems: [...found, ...(secret === undefined ? [] : [secret])],
    warnings: [...fit.warnings, ...(settings ? plainNotes(settings, stack.name) : [])],
    settings,
    unreachable: info === undefined && args.dockers !== undefined,
    owned: docker.owned,
    drift: docker.drift,
    stale: locks.filter(({ alive }) => !alive),
  };
}

/** What engines say of where containers log, and who collects it; an engine elsewhere by TCP asks for itself. */
async function loggingProblems(
  logging: Settings["logging"],
  engines: readonly EngineInfo[],
  ways: readonly Connection[],
): Promise<string[]> {
  const known = driverProblems(logging, engines);
  const machines = ways.length > 0 ? ways : isLocal() ? [undefined] : [];
  return known.length > 0 ? known : await collectorProblems(logging, machines);
}

/** Where this machine's proxy is to listen: on the second port only for TLS. */
function listenersOf(
  found: { ip: string; port: number; httpsPort: number } | undefined,
  tls: unknown = false,
): Listener[] {
  if (found === undefined) return [];
  const { ip, port, httpsPort } = found;
  return [
    { ip, port, key: "port" },
    ...(tls === false ? [] : [{ ip, port: httpsPort, key: "httpsPort" } as const]),
  ];
}

interface DockerCheck {
  info?: EngineInfo;
  /** Of machines beside the stack's own. */
  others: readonly EngineInfo[];
  owned: Owned;
  drift: Drift;
  problems: string[];
}

const nothing = {
  others: [],
  owned: { containers: [], networks: [], volumes: [] },
  drift: { replace: [], refresh: false, notes: [], problems: [] },
};

async function checkDocker(args: PreflightArgs, network: string | undefined): Promise<DockerCheck> {
  const { dockers, stack, checkpoint, newEngine } = args;
  if (dockers === undefined) return { ...nothing, problems: [] };
  const [docker, ...beside] = dockers;
  // Asked at once, for Docker takes longest to tell of itself.
  const lists = Promise.all([
    ownedByAll(dockers, stack.name),
    network === undefined ? undefined : networkProblem(docker, stack.name, network),
    Promise.all(beside.map(engineInfo)),
  ]);
  // That it doesn't answer is said once.
  void lists.catch(() => undefined);
  const reached = await reach(docker);
  if ("problem" in reached) return { ...nothing, problems: [reached.problem] };
  const { info } = reached;
  const [held, taken, others] = await lists;
  const problems = await engineProblems(
    info,
    kindOf(settingsOf(stack.config).host)?.thisMachine ? undefined : elsewhere,
  );
  const drift = checkpoint
    ? findDrift(checkpoint, held, await changedByHand(dockers, checkpoint, stack.name))
    : nothing.drift;
  return {
    info,
    others,
    owned: held,
    drift,
    problems: [
      ...problems,
      ...(newEngine ? [] : drift.problems),
      ...(taken === undefined ? [] : [taken]),
      ...restoreProblems(stack.name, held.containers),
      ...(await upgradeProblems(stack.name, held.containers)),
      ...(checkpoint === undefined ? strangers(stack.name, held) : []),
    ],
  };
}

/** Another machine's disk isn't looked at from here. */
const elsewhere = () => Promise.resolve(undefined);

/** Something of this stack runs, and we know nothing of it: its state is elsewhere or lost. */
function strangers(stack: string, { containers, networks }: Owned): string[] {
  const total = containers.length + networks.length;
  if (total === 0) return [];
  return [
    `stack "${stack}": must have its state here, got ${count(total, "thing")} of it on the engine and no state; put the state back, or remove them with berth destroy --stack ${stack} --orphans`,
  ];
}

/** A stack keeps its system: another one's data would be in the way, protected as it is. */
function systemProblem(stack: StackFile, wanted: string, checkpoint: Checkpoint | undefined): string[] {
  const held = checkpoint?.resources
    .map(({ inputs }) => ownerOf(inputs).system)
    .find((name) => name !== undefined);
  if (held === undefined || held === wanted) return [];
  return [
    `system: must stay "${held}", which stack "${stack.name}" holds, got "${wanted}"; take another stack with --stack, or end this one with berth destroy --stack ${stack.name} --data`,
  ];
}
