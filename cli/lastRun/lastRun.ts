import { randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import { defaultKind } from "../../components/hosts/defaultKind.ts";
import { backendOf, readPassphrase } from "../home.ts";
import { isMap, settingsOf } from "../overrides.ts";
import { hostKindOf, systemOf, type StackFile } from "../project.ts";
import { reasonOf } from "../refusal.ts";
import type { Session } from "../session.ts";
import { isFile } from "../../systems/isFile.ts";
import { dockerSocket } from "./docker.ts";
import { firstDifference, type Facts } from "./facts.ts";
import { firstUnwell, heldFacts, listHeld, onceHealthy } from "./held.ts";
import { firstMissing, inputFacts } from "./inputs.ts";
import { ownSystemFacts } from "./ownSystem.ts";
import { readLastRun, writeLastRun, type RunResult } from "./record.ts";
import { sourcesNow } from "./sources.ts";
import { stateFacts } from "./state.ts";

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** All is as the last whole run left it, and what that run said; or why the engine has to be asked. */
export type Answer = { result: RunResult } | { because: string };

/**
 * Whether a run would find nothing to do: what it depends on, the engine's state and all that Docker has are the same
 * as after the last whole run, and healthy. Changes nothing.
 */
export async function asLastRunLeftIt(session: Session): Promise<Answer> {
  const { home, stack } = session;
  const scope = await scopeOf(session);
  if ("because" in scope) return scope;
  const last = await readLastRun(home, stack.name);
  if (last === undefined) return { because: "no whole run is on record" };
  if (last.moving !== undefined) return { because: last.moving };
  try {
    const [inputs, left] = await Promise.all([
      inputsWith(session, scope, last.references, Buffer.from(last.salt, "base64")),
      leftBy(session, scope.socket),
    ]);
    const because =
      firstDifference(last.inputs, inputs) ??
      firstDifference(last.left, left) ??
      firstMissing(inputs) ??
      firstUnwell(left);
    return because === undefined ? { result: last.said } : { because };
  } catch (error) {
    return { because: reasonOf(error) };
  }
}

/** Keeps what a run has left behind; to be called when it has ended well. */
export type Keep = (result: RunResult) => Promise<void>;

/**
 * To be called when a run is about to begin: looks at what it depends on while the engine starts, which takes the engine
 * longer. Where something can't be looked at, no record is kept. `moving` is what the stack depends on and nobody looks at.
 */
export function beginRecord(session: Session, references: readonly string[], moving?: string): Keep {
  const salt = randomBytes(16);
  const looked = lookNow().catch(() => undefined);
  return async (result) => {
    const now = await looked;
    if (now === undefined) return;
    const left = await leftBy(session, now.socket).then(onceHealthy, () => undefined);
    if (left === undefined || !isWhole(left)) return;
    const record = {
      version: 1,
      salt: salt.toString("base64"),
      inputs: now.inputs,
      left,
      references,
      said: result,
      moving,
    } as const;
    // A run that went well stays so where the record can't be written.
    await writeLastRun(session.home, session.stack.name, record).catch(() => undefined);
  };

  async function lookNow(): Promise<{ inputs: Facts; socket: string } | undefined> {
    const scope = await scopeOf(session);
    if ("because" in scope) return undefined;
    return { inputs: await inputsWith(session, scope, references, salt), socket: scope.socket };
  }
}

/** Nothing is under way, and every service that the state has is there: one may have been removed meanwhile. */
function isWhole({ state, ...held }: Facts): boolean {
  if (state?.locks !== "0" || state["pending steps"] !== "0") return false;
  const there = new Set(Object.values(held).map(({ id }) => id));
  return (state.services ?? "").split(" ").every((id) => id === "" || there.has(id));
}

interface Scope {
  socket: string;
  sources: string;
}

/** Where everything that counts can be looked at from here. */
async function scopeOf({ stack }: Session): Promise<Scope | { because: string }> {
  const socket = dockerSocket();
  const sources = sourcesNow();
  const { development } = settingsOf(stack.config);
  if (!(await isThisMachine(stack))) return { because: `host kind ${hostKindOf(stack)} isn't this machine` };
  if (socket === undefined) return { because: "DOCKER_HOST isn't a socket of this machine" };
  if (sources === undefined) return { because: "the sources run uncompiled" };
  if (isMap(development) && Object.keys(development).length > 0)
    return { because: "sources are mounted for development" };
  return { socket, sources };
}

/** The kinds are loaded where that of most stacks isn't meant: they take longer than all else that is looked at. */
async function isThisMachine(stack: StackFile): Promise<boolean> {
  if (hostKindOf(stack) === defaultKind) return true;
  const { kindOf } = await import("../hostKind.ts");
  return kindOf(settingsOf(stack.config).host)?.thisMachine !== undefined;
}

async function inputsWith(
  { home, stack }: Session,
  { socket, sources }: Scope,
  references: readonly string[],
  salt: Buffer,
): Promise<Facts> {
  const passphrase = await readPassphrase(home);
  if (passphrase === undefined) throw new Error("there is no passphrase");
  const key = await derive(passphrase, salt, 32);
  const system = systemOf(stack);
  const [facts, own] = await Promise.all([
    inputFacts({ stack, sources, key, socket, references }),
    isFile(system) ? ownSystemFacts(system) : {},
  ]);
  return { ...facts, ...own };
}

async function leftBy({ home, stack }: Session, socket: string): Promise<Facts> {
  const [state, held] = await Promise.all([
    stateFacts(backendOf(home), stack.name),
    listHeld(socket, stack.name),
  ]);
  if (state === undefined) throw new Error("the state isn't a file of this machine");
  return { ...state, ...heldFacts(held) };
}
