import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Settings } from "../../settings.ts";
import { backupPassword, notRotatable, ownGenerated, startsAnewFor } from "../../settings/rotatable.ts";
import { agree } from "../agree.ts";
import type { Output } from "../output.ts";
import { checkSettings } from "../preflight/settings.ts";
import { checkStores } from "../preflight/stores.ts";
import { Refusal } from "../refusal.ts";
import { replaceFile } from "../replaceFile.ts";
import { holdAlone } from "../rollback/alone.ts";
import { copies, question, raised, withCounters } from "../rotate/counters.ts";
import { checkDescribed, openSession, type CommonOptions, type Session } from "../session.ts";
import { revealed } from "../stackFile/revealed.ts";
import { table } from "../table.ts";
import { up } from "./up.ts";

export interface RotateOptions extends CommonOptions {
  list?: boolean;
  yes?: boolean;
}

/** Gives generated secrets new values without a dropped request, or says which there are. Returns the exit code. */
export async function rotate(names: readonly string[], options: RotateOptions): Promise<number> {
  const opened = await openSession(options);
  checkDescribed(opened);
  const session = await revealed(opened);
  const { settings, problems } = await checkSettings(session.stack);
  if (settings === undefined) throw new Refusal(problems);
  if (options.list === true) {
    sayCounters(settings.rotate, session.output);
    return 0;
  }
  const special = {
    own: ownGenerated(settings),
    startsAnew: startsAnewFor(settings),
    copied: [backupPassword].filter((name) => settings.rotate[name] !== undefined),
  };
  const counters = raised(names, settings.rotate, special, elsewhere(settings));
  await checkStores(settings);
  const words = question(names, counters, special);
  if (words !== undefined) await agree("rotate", words, options.yes ?? false);
  const file = await writeCounters(session, counters);
  let code: number | undefined;
  try {
    code = await up(undefined, options);
    const changed = special.copied.filter((name) => counters[name] !== undefined);
    if (code === 0 && changed.length > 0) session.output.say(copies(changed));
    return code;
  } finally {
    // Where it was refused before it began, too.
    if (code !== 0)
      session.output.say(`${file} has the new counters: berth up goes on, another rotate isn't needed`);
  }
}

/** What isn't the engine's to change, and why. */
function elsewhere({ definition: system, services, external, backup }: Settings): Record<string, string> {
  const handed = Object.values(services).map(({ secrets = {} }) => secrets);
  const kept = backup && { to: backup.target, password: backup.password };
  return notRotatable({ system, external, handed, backup: kept ?? {} });
}

/** By plain Pulumi too the next run is the same: all that changes is the stack's file. Returns its name. */
async function writeCounters(session: Session, counters: Record<string, number>): Promise<string> {
  const { stack, output } = session;
  const { name, file } = stack;
  if (file === undefined) {
    const [secret = "", counter] = Object.entries(counters)[0] ?? [];
    throw new Refusal([
      `stack "${name}": must have a file Pulumi.${name}.yaml for the counters; or berth up -c rotate.${secret}=${counter}`,
    ]);
  }
  const held = await holdAlone(session, "berth rotate");
  try {
    await replaceFile(file, withCounters(await readFile(file, "utf8"), basename(file), counters));
  } finally {
    held.release();
  }
  const lines = Object.entries(counters).map(([secret, counter]) => `${secret} ${counter}`);
  output.say(`${basename(file)}: ${lines.join(", ")}`);
  return basename(file);
}

function sayCounters(counters: Readonly<Record<string, number>>, output: Output): void {
  const secrets = Object.entries(counters).map(([name, counter]) => ({ name, counter }));
  if (output.json) {
    output.emit({ secrets });
    return;
  }
  const rows = secrets.map(({ name, counter }) => [name, String(counter)]);
  const lines = table([{ title: "secret" }, { title: "counter", align: "right" }], rows);
  for (const line of rows.length === 0 ? ["the stack has no secrets to rotate"] : lines) output.say(line);
}
