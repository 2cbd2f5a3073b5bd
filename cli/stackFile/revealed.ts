import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { binary } from "../../toolchain/cli.ts";
import { quietHome } from "../engine/quietHome.ts";
import { backendOf, engineEnvironment, passphraseSource, readPassphrase, type Home } from "../home.ts";
import { passphraseProblem, wrong } from "../preflight/passphrase.ts";
import { root, withWholePath, writeProject, type StackFile } from "../project.ts";
import { Refusal } from "../refusal.ts";
import { folderOf } from "../state/backend.ts";
import { findTools, silent, type Session } from "../session.ts";
import { providerOf, providerProblem } from "../state/secretsProvider.ts";
import { noAnswer, saysNoStack, stateProblem, withoutUser } from "../state/unreachable.ts";

/**
 * The session with its config as the engine reads it: secrets opened, and what readers of YAML disagree about as the
 * program gets it. The engine is asked, a third of a second and `patience` of them at most, where there is anything of
 * that in the file. Throws {@link Refusal}.
 */
export async function revealed(session: Session, patience = 120): Promise<Session> {
  const { home, stack } = session;
  if (!stack.odd && stack.sealed.length === 0) return session;
  if (stack.sealed.length > 0) await checkPassphrase(home, stack);
  const values = await askEngine(home, stack, patience);
  const entries = Object.entries(values);
  const config = Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
  const secret = entries.flatMap(([key, one]) => (one.secret ? [key.replace(/^berth:/, "")] : []));
  return {
    ...session,
    stack: { ...stack, config: withWholePath(config, root), secretKeys: secret },
  };
}

async function checkPassphrase(home: Home, { name, rest }: StackFile): Promise<void> {
  const { encryptionsalt: salt } = rest;
  if (typeof salt !== "string") return;
  const problem = await passphraseProblem(home, name, salt, false);
  if (problem !== undefined) throw new Refusal([problem]);
}

/** As `pulumi config --json --show-secrets` prints it. */
type Values = Record<string, { value: string; secret: boolean }>;

async function askEngine(home: Home, stack: StackFile, patience: number): Promise<Values> {
  const program = binary(await findTools(silent));
  // A folder of its own: another command may be at work on the stack with the usual one.
  const folder = await mkdtemp(join(home.data, "config-"));
  try {
    await writeProject(folder, stack);
    const environment = {
      ...engineEnvironment(home),
      ...(await quietHome(home.data)),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const ask = async (args: string[], env: Record<string, string>) => {
      const { failed, timedOut, stdout, stderr } = await execa(
        program,
        [...args, "--stack", stack.name, "--non-interactive"],
        {
          cwd: folder,
          env: { ...environment, ...env },
          reject: false,
          stdin: "ignore",
          timeout: patience * 1000,
        },
      );
      return { failed, stdout, stderr: timedOut ? noAnswer(patience) : stderr };
    };
    const read = (env = {}) => ask(["config", "--json", "--show-secrets"], env);
    const provider = providerOf(stack);
    const alone = folderOf(backendOf(home)) !== undefined;
    let answer = await read();
    let shut = answer.failed ? providerProblem(provider, answer.stderr, { alone }) : undefined;
    const away = answer.failed && !shut ? stateProblem(backendOf(home), answer.stderr) : undefined;
    if (answer.failed && (away !== undefined || saysNoStack(answer.stderr))) {
      // Its secrets can be opened all the same: nothing of them is in the state, and who needs that asks by itself.
      const scratch = {
        PULUMI_BACKEND_URL: `file://${folder}`,
        // The first run makes one. Until then nothing is encrypted, and the engine wants one all the same.
        ...((await readPassphrase(home)) === undefined && { PULUMI_CONFIG_PASSPHRASE: "none yet" }),
      };
      const made = await ask(["stack", "init"], scratch);
      // Making it gave the file a key of its own, where a vendor keeps the keys.
      await writeProject(folder, stack);
      answer = made.failed ? made : await read(scratch);
      // Nothing but the key is asked for any more.
      shut = answer.failed ? providerProblem(provider, answer.stderr, { alone: true }) : undefined;
    }
    if (answer.failed) throw new Refusal([shut ?? problemOf(answer.stderr, home, stack, away)]);
    return JSON.parse(answer.stdout) as Values;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function problemOf(complaint: string, home: Home, { name }: StackFile, away?: string): string {
  if (complaint.includes("incorrect passphrase")) return wrong(name, passphraseSource(home));
  // What keeps the state may keep the key too.
  if (away !== undefined) return away;
  const reason = complaint.slice(complaint.indexOf("error: ") + "error: ".length).replace(/\s+/g, " ");
  return `Pulumi.${name}.yaml: must be a stack file that the engine can read, got "${withoutUser(reason).trim().slice(0, 400)}"`;
}
