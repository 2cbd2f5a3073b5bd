import { rm } from "node:fs/promises";
import type Docker from "dockerode";
import { agree } from "../agree.ts";
import type { Engine } from "../engine/engine.ts";
import { confirmLoss, holdsBackupPassword } from "../destroy/confirm.ts";
import { keptFolder } from "../destroy/folders.ts";
import { forgetGone, goneProblems, saysHowToForget } from "../destroy/gone.ts";
import { keptByVendor, keptInState, keptText, type Kept } from "../destroy/kept.ts";
import { leftovers, removeLeftovers, type Leftover } from "../destroy/leftovers.ts";
import { freePhantoms, guests } from "../destroy/phantoms.ts";
import { runDestroy } from "../destroy/run.ts";
import { restoreProblems } from "../restore/followed.ts";
import { reach } from "../preflight/engine.ts";
import { checkSettings } from "../preflight/settings.ts";
import { passphraseProblem } from "../preflight/passphrase.ts";
import { isNamed, lastDockers, waysTo, type Lost } from "../docker/machines.ts";
import { owned, ownedByAll } from "../docker/owned.ts";
import { workFile, writeWork } from "../project.ts";
import type { Home } from "../home.ts";
import { pluginsFor } from "../hostKind.ts";
import { settingsOf } from "../overrides.ts";
import { forgetLastRun } from "../lastRun/record.ts";
import { Refusal } from "../refusal.ts";
import {
  checkpointOf,
  engineFor,
  findTools,
  openSession,
  silent,
  type CommonOptions,
  type Session,
} from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { lockProblems } from "../state/lockElsewhere.ts";
import { engineLocks, hold, removeLock } from "../state/locks.ts";
import { recover } from "../state/recover.ts";
import type { Checkpoint } from "../state/checkpoint.ts";

export interface DestroyOptions extends CommonOptions {
  data?: boolean;
  yes?: boolean;
  orphans?: boolean;
  gone?: boolean;
}

/** Removes a stack: everything but its data and passwords, or those too. Returns the exit code. */
export async function destroy(options: DestroyOptions): Promise<number> {
  const session = await revealed(await openSession(options));
  const { output, home, stack } = session;
  const held = await hold(home.runs, stack.name, "berth destroy");
  const checkpoint = await checkpointOf(session);
  if (options.gone) return await gone(session, checkpoint, "problem" in held ? [held.problem] : [], options);
  const {
    dockers,
    lost,
    checkpoint: reached,
  } = await lastDockers(stack.config, checkpoint).catch(saysHowToForget(checkpoint));
  await refuse(session, dockers, checkpoint, "problem" in held ? [held.problem] : [], options);
  const before = leftovers(await ownedByAll(dockers, stack.name));
  const volumes = before.filter((one) => one.data).map(({ name }) => name);
  const loss = { stack: stack.name, volumes, password: holdsBackupPassword(checkpoint) };
  if (options.data) await confirmLoss(loss, options.yes ?? false);
  // Nothing is lost for good: who calls it where nobody can be asked has said enough.
  else if ((checkpoint !== undefined || before.length > 0) && isAttended(output.json))
    await agree("destroy", `stops and removes stack ${stack.name}; its data stays`, options.yes ?? false);
  await forgetLastRun(home, stack.name);
  const code = checkpoint && reached ? await byEngine(session, dockers, { checkpoint, reached }, options) : 0;
  if (code !== 0 && !options.orphans) return code;
  const after = code === 0 ? await checkpointOf(session) : checkpoint;
  // A machine that the stack had made has gone with it, and can't be asked any more.
  const [ways, left] = [checkpoint, after].map((one) => waysTo(stack.config, one).length);
  const isThere = isNamed(stack.config) || ways === 0 || left !== 0;
  const kept = [
    ...(after ? keptInState(after) : []),
    ...(checkpoint && after === undefined ? keptByVendor(checkpoint) : []),
  ];
  return await finish(session, { dockers: isThere ? dockers : [], lost: isThere ? lost : [], kept }, options);
}

/** A person reads the question and can answer. */
function isAttended(json: boolean): boolean {
  return process.stdin.isTTY && process.stderr.isTTY && !json;
}

/** Forgets a stack whose server is gone for good: nobody is there who could remove what the state holds. */
async function gone(
  session: Session,
  checkpoint: Checkpoint | undefined,
  before: readonly string[],
  { yes = false }: DestroyOptions,
): Promise<number> {
  const { output, home, stack } = session;
  const locks = await engineLocks(home, stack.name);
  const problems = [
    ...before,
    ...(before.length > 0 ? [] : await lockProblems(session)),
    ...(await goneProblems(stack, checkpoint)),
  ];
  if (problems.length > 0 || checkpoint === undefined) throw new Refusal(problems);
  const loss = { stack: stack.name, volumes: [], password: holdsBackupPassword(checkpoint) };
  await confirmLoss(loss, yes, "--gone");
  await Promise.all(locks.map(removeLock));
  await forgetLastRun(home, stack.name);
  const engine = await engineFor(session, await findTools(silent, []));
  await writeWork(home, stack, checkpoint.salt);
  const machines = await forgetGone(engine, home, stack, checkpoint);
  if (output.json) output.emit({ result: "ok", stack: stack.name, unreached: machines });
  output.say(`stack ${stack.name} is forgotten; what is on ${machines.join(", ")} stays as it is`);
  return 0;
}

async function refuse(
  session: Session,
  dockers: readonly [Docker, ...Docker[]],
  checkpoint: Checkpoint | undefined,
  before: readonly string[],
  options: DestroyOptions,
): Promise<void> {
  const { home, stack } = session;
  const [reached, locks, held, secret] = await Promise.all([
    reach(dockers[0]),
    engineLocks(home, stack.name),
    before.length > 0 ? [] : lockProblems(session),
    checkpoint && passphraseProblem(home, stack.name, checkpoint.salt, true),
  ]);
  const found = "problem" in reached ? undefined : await ownedByAll(dockers, stack.name);
  // One that has ended holds nobody up who wants all of it gone.
  const running = found?.containers.filter(({ State }) => State === "running") ?? [];
  const problems = [
    ...before,
    ...("problem" in reached ? [reached.problem] : []),
    ...restoreProblems(stack.name, running),
    ...held,
    ...(secret === undefined ? [] : [secret]),
  ];
  if (problems.length === 0 && found !== undefined && checkpoint === undefined && !options.orphans) {
    const left = leftovers(found).filter((one) => !one.data);
    if (left.length > 0) {
      problems.push(
        `stack "${stack.name}": must have its state here, got none; to remove what carries its label, add --orphans`,
      );
    }
  }
  if (problems.length > 0) throw new Refusal(problems);
  await Promise.all(locks.map(removeLock));
}

/** Lets the engine remove what its state holds; once more when a network was held by a container that is gone. */
async function byEngine(
  session: Session,
  dockers: readonly [Docker, ...Docker[]],
  { checkpoint, reached }: { checkpoint: Checkpoint; reached: Checkpoint },
  options: DestroyOptions,
): Promise<number> {
  const { output, home, stack } = session;
  const engine = await engineFor(session, await findTools(silent, pluginsFor(settingsOf(stack.config).host)));
  await writeWork(home, stack, checkpoint.salt);
  const recovered = { dockers, engine, home, stack: stack.name, checkpoint: reached };
  for (const note of await recover(recovered)) output.say(note);
  if (options.data) await engine.command("state", "unprotect", "--all", "--yes", "--stack", stack.name);
  const run = () => runDestroy({ session, engine, checkpoint, excludeProtected: !options.data });
  const first = await run();
  if (first.ok && options.data) await forget(engine, home, stack.name);
  if (first.ok || first.interrupted) return first.code;
  const freed: string[] = [];
  for (const docker of dockers) {
    const held = await owned(docker, stack.name);
    const here = await freePhantoms(docker, held);
    freed.push(...here);
    for (const note of [...here, ...(await guests(docker, held, stack.name))]) output.say(note);
  }
  return freed.length === 0 ? first.code : (await run()).code;
}

/** Nothing is left to be remembered of the stack. */
async function forget(engine: Engine, home: Home, stack: string): Promise<void> {
  await engine.command("stack", "rm", "--yes", "--stack", stack);
  await rm(workFile(home, stack), { force: true });
}

/** Removes what only labels know of, and says what is left. */
async function finish(
  { output, stack }: Session,
  { dockers, lost, kept }: { dockers: readonly Docker[]; lost: readonly Lost[]; kept: readonly Kept[] },
  { data, orphans }: DestroyOptions,
): Promise<number> {
  const found: Leftover[] = [];
  const isDoomed = (one: Leftover) => (one.data ? data : orphans);
  for (const docker of dockers) {
    const here = leftovers(await owned(docker, stack.name));
    found.push(...here);
    await removeLeftovers(docker, here.filter(isDoomed));
  }
  const doomed = found.filter(isDoomed);
  const { settings } = await checkSettings(stack, { ended: true });
  const folders =
    settings === undefined ? [] : keptFolder(settings, { stack: stack.name, data: data ?? false });
  const left = [...found.filter((one) => !doomed.includes(one)), ...folders];
  const stray = left.filter((one) => !one.data);
  if (output.json) {
    output.emit({
      result: stray.length === 0 ? "ok" : "failed",
      stack: stack.name,
      removed: doomed,
      left,
      kept,
      ...(lost.length > 0 && { unreached: lost.map(({ machine }) => machine) }),
    });
    return stray.length === 0 ? 0 : 1;
  }
  for (const line of [...left.map(leftText), ...kept.map(keptText), ...lost.map(lostText)]) output.say(line);
  const nothing = `nothing of stack ${stack.name} is left${lost.length > 0 ? " on machines that are reached" : ""}`;
  output.say(
    stray.length > 0
      ? `add --orphans to remove what isn't data`
      : left.length + kept.length > 0
        ? `${nothing} but its data`
        : nothing,
  );
  return stray.length === 0 ? 0 : 1;
}

function leftText({ kind, name, data }: Leftover): string {
  if (kind === "folder") return `kept: folder ${name} (data; yours to remove on the machine)`;
  return data ? `kept: ${kind} ${name} (data; --data deletes it)` : `left: ${kind} ${name}`;
}

function lostText({ machine }: Lost): string {
  return `left: what is on ${machine}, which isn't reached; remove it there (docs/hosts/swarm.md)`;
}
