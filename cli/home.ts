import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import envPaths from "env-paths";
import { reasonOf, Refusal } from "./refusal.ts";

/** Where Berth keeps what isn't the project's: the user's data folder, for its owner alone. */
export interface Home {
  data: string;
  /** The engine's state, when nothing names another backend. */
  state: string;
  /** Stack files as the engine gets them: the checkout's, overrides, and the encryption salt. */
  work: string;
  /** Who is running what right now. */
  runs: string;
  /** What the last whole run of each stack left behind. */
  lastRuns: string;
  passphrase: string;
}

/** Opens the data folder, and makes it if it isn't there. */
export async function openHome(): Promise<Home> {
  const { data } = envPaths("berth", { suffix: "" });
  const home = {
    data,
    state: join(data, "state"),
    work: join(data, "work"),
    runs: join(data, "runs"),
    lastRuns: join(data, "last-runs"),
    passphrase: join(data, "passphrase"),
  };
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    await chmod(data, 0o700);
    await Promise.all(
      [home.state, home.work, home.runs, home.lastRuns].map((folder) =>
        mkdir(folder, { recursive: true, mode: 0o700 }),
      ),
    );
  } catch (error) {
    throw new Refusal([
      `data folder "${data}": must be a folder that can be written, got "${reasonOf(error)}"; XDG_DATA_HOME names another one above it`,
    ]);
  }
  return home;
}

/** Where state is: the environment's word, else the data folder. */
export function backendOf(home: Home, environment = process.env): string {
  return environment.PULUMI_BACKEND_URL ?? `file://${home.state}`;
}

/** Where the passphrase comes from, as a person would name it. */
export function passphraseSource(home: Home, environment = process.env): string {
  if (environment.PULUMI_CONFIG_PASSPHRASE !== undefined) return "PULUMI_CONFIG_PASSPHRASE";
  return environment.PULUMI_CONFIG_PASSPHRASE_FILE ?? home.passphrase;
}

/** The passphrase, or nothing where there is none yet. */
export async function readPassphrase(home: Home, environment = process.env): Promise<string | undefined> {
  const given = environment.PULUMI_CONFIG_PASSPHRASE;
  if (given !== undefined) return given;
  const file = environment.PULUMI_CONFIG_PASSPHRASE_FILE ?? home.passphrase;
  // The engine trims too (pulumi/pulumi pkg/secrets/passphrase/manager.go, readPassphrase).
  return existsSync(file) ? (await readFile(file, "utf8")).trim() : undefined;
}

/** Makes the passphrase that protects the secrets in state, once; nobody but its owner can read it. */
export async function createPassphrase(home: Home): Promise<void> {
  await writeFile(home.passphrase, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
}

/** What the engine has to be told to find state and passphrase; whatever the environment already says wins. */
export function engineEnvironment(home: Home, environment = process.env): Record<string, string> {
  const own =
    environment.PULUMI_CONFIG_PASSPHRASE === undefined &&
    environment.PULUMI_CONFIG_PASSPHRASE_FILE === undefined;
  return {
    PULUMI_BACKEND_URL: backendOf(home, environment),
    ...(own && { PULUMI_CONFIG_PASSPHRASE_FILE: home.passphrase }),
  };
}
