import { sealedPaths } from "../lib/sealed.ts";
import type { Path } from "../lib/secret.ts";
import type { Kind } from "../components/hosts/kind.ts";
import type { Progress } from "../toolchain/progress.ts";
import type { Tools } from "../toolchain/index.ts";
import type { Engine } from "./engine/engine.ts";
import { settingsOf } from "./overrides.ts";
import { backendOf, openHome, type Home } from "./home.ts";
import { openOutput, type Output } from "./output.ts";
import { readStack, root, stackFor, withArguments, writeWork, type StackFile } from "./project.ts";
import { Refusal } from "./refusal.ts";
import { readCheckpoint, removeBrokenAttributes } from "./state/backend.ts";
import type { Checkpoint } from "./state/checkpoint.ts";
import { saysNoStack, stateProblem, unreadable, withoutUser } from "./state/unreachable.ts";

/** What every verb takes. */
export interface CommonOptions {
  stack?: string;
  config: string[];
  json?: boolean;
}

/** One command at work on one stack. */
export interface Session {
  output: Output;
  home: Home;
  stack: StackFile;
}

/** Throws {@link Refusal}. */
export async function openSession(options: CommonOptions, system?: string): Promise<Session> {
  const name = await stackFor(system, options.stack);
  const stack = await withArguments(await readStack(name), options.config, system);
  return { output: openOutput(options), home: await openHome(), stack };
}

/** A stack that nothing describes is a mistyped name, not one with every default. Throws {@link Refusal}. */
export function checkDescribed({ stack }: Session): void {
  if (stack.file !== undefined || settingsOf(stack.config).system !== undefined) return;
  throw new Refusal([
    `stack "${stack.name}": must have a file Pulumi.${stack.name}.yaml or its system named, as in berth up attn --stack ${stack.name}`,
  ]);
}

/** The engine with our program. */
export async function engineFor({ home, stack, output }: Session, tools: Tools): Promise<Engine> {
  const { openEngine } = await import("./engine/engine.ts");
  await removeBrokenAttributes(backendOf(home));
  const program = async () => await (await loadProgram())(root, sealedPaths(stack.written));
  const note = (line: string) => {
    output.say(line);
  };
  return openEngine({ tools, home, stack: stack.name, program, note });
}

/** A second or so: started early, it is there when the engine asks for it. */
export async function loadProgram(): Promise<
  (folder: string, sealed: readonly Path[]) => Promise<Record<string, unknown>>
> {
  return (await import("../index.ts")).default;
}

/** The engine and the plugins we can build ourselves; it gets those of cloud vendors on its own. */
export async function findTools(progress: Progress, more: Kind["plugins"] = []): Promise<Tools> {
  const { ensureTools } = await import("../toolchain/index.ts");
  return await ensureTools(progress, { plugins: ["docker", "random", ...more] });
}

/** Makes the stack in the engine's state. Throws {@link Refusal}. */
export async function initStack({ home, stack }: Session, engine: Engine): Promise<void> {
  const { ok, complaint } = await engine.command("stack", "init", stack.name);
  // With a vendor's keys, making it gave the file another key than the one that its secrets are encrypted with.
  if (stack.rest.encryptedkey !== undefined) await writeWork(home, stack);
  const unreachable = ok ? undefined : stateProblem(backendOf(home), complaint);
  if (unreachable !== undefined) throw new Refusal([unreachable]);
  if (!ok)
    throw new Refusal([
      `state: must take a new stack "${stack.name}", got "${withoutUser(complaint.trim())}"`,
    ]);
}

/** What the engine knows of the stack; nothing when there is no such stack yet. Throws {@link Refusal} where it can't tell. */
export async function checkpointOf(session: Session): Promise<Checkpoint | undefined> {
  const { home, stack } = session;
  return await readCheckpoint(backendOf(home), stack.name, async () => {
    const engine = await engineFor(session, await findTools(silent));
    await writeWork(home, stack);
    const { ok, stdout, complaint } = await engine.command("stack", "export", "--stack", stack.name);
    if (ok) return stdout;
    // Whatever else keeps the engine from telling, there may be a stack.
    if (!saysNoStack(complaint)) throw new Refusal([unreadable(backendOf(home), complaint)]);
    return undefined;
  });
}

const nothing = (): void => undefined;
export const silent: Progress = {
  step: () => ({ note: nothing, done: nothing, skip: nothing, fail: nothing }),
};
