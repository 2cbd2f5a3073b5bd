import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { defaultKind } from "../components/hosts/defaultKind.ts";
import { titleOf } from "../systems/facts.ts";
import { defaultSystem, systemNamed } from "../systems/index.ts";
import { isFile } from "../systems/isFile.ts";
import type { Home } from "./home.ts";
import { visible } from "../lib/problems.ts";
import { isMap, settingsOf, type Config } from "./overrides.ts";
import { reasonOf, Refusal } from "./refusal.ts";
import { replaceFile } from "./replaceFile.ts";
import { override, parseOverride, type Override } from "./stackFile/overrides.ts";
import { contentOf, documentOf, isOdd, notYaml, sealedIn, textOf } from "./stackFile/written.ts";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** A stack as its file and the command line describe it. */
export interface StackFile {
  name: string;
  /** The file in the checkout, if there is one. */
  file?: string;
  /** What the engine is to read: the file's text, changed only where the command line says so. */
  text: string;
  /** Everything in it but config: secrets provider, encryption key or salt. */
  rest: Record<string, unknown>;
  /** The config as written, secrets encrypted. */
  written: Config;
  /** The config as meant; until {@link revealed} has asked the engine, as written. */
  config: Config;
  /** Everything encrypted in it. */
  sealed: readonly string[];
  /** Whether only the engine can tell what something in it means. */
  odd: boolean;
  /** Keys of its config that hold secrets. */
  secretKeys: readonly string[];
}

/** The system a stack's config names. */
export function systemOf(stack: StackFile): string {
  const system = settingsOf(stack.config).system;
  return typeof system === "string" ? system : defaultSystem;
}

/** A system's name; of a file of somebody's own the file's. */
export function shortNameOf(system: string): string {
  return isFile(system) ? basename(system, extname(system)) : system;
}

/** The system's name for people. */
export function titleFor(stack: StackFile): string {
  const system = systemOf(stack);
  return titleOf(systemNamed(system) ?? { name: shortNameOf(system) });
}

/** The name of the kind of host that a stack's config names. */
export function hostKindOf(stack: StackFile): string {
  const { host } = settingsOf(stack.config);
  return isMap(host) && typeof host.kind === "string" ? host.kind : defaultKind;
}

/** Which stack `berth up <system>` means when none is named: `dev` if that is its system, else `dev-<system>`. */
export async function stackFor(system: string | undefined, named: string | undefined): Promise<string> {
  if (named !== undefined || system === undefined) return named ?? "dev";
  return systemOf(await readStack("dev")) === system ? "dev" : `dev-${shortNameOf(system)}`;
}

/** Reads `Pulumi.<stack>.yaml`; a stack without a file has only what the command line gives it. Throws {@link Refusal}. */
export async function readStack(name: string): Promise<StackFile> {
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name)) {
    throw new Refusal([`--stack: must be letters, digits, "-", "_" and ".", got "${visible(name)}"`]);
  }
  const file = join(root, `Pulumi.${name}.yaml`);
  if (!existsSync(file)) return asStack({ name }, "");
  return asStack({ name, file }, await textIn(file));
}

/** Throws {@link Refusal} for a folder, and for what this user may not read. */
export function textIn(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new Refusal([`${basename(file)}: must be a file that can be read, got "${reasonOf(error)}"`]);
  });
}

/** What a stack file's text says; relative paths in it begin at the checkout. Throws {@link Refusal}. */
export function asStack(named: Pick<StackFile, "name" | "file">, text: string): StackFile {
  const { name } = named;
  const document = documentOf(text, `Pulumi.${name}.yaml`);
  const { config, ...rest } = mapIn(text, `Pulumi.${name}.yaml`);
  const written = config ?? {};
  if (!isMap(written))
    throw new Refusal([
      `Pulumi.${name}.yaml: config must be a map, got ${Array.isArray(config) ? "a list" : "text"}`,
    ]);
  return {
    ...named,
    text,
    rest,
    written,
    config: withWholePath(written, root),
    sealed: sealedIn(document),
    odd: isOdd(document),
    secretKeys: [],
  };
}

/** A file of somebody's own is meant from where it is named; the engine works elsewhere. */
export function withWholePath(config: Config, folder: string): Config {
  const system = config["berth:system"];
  return isFile(system) ? { ...config, "berth:system": resolve(folder, system) } : config;
}

function mapIn(text: string, name: string): Record<string, unknown> {
  try {
    const content = contentOf(text);
    return isMap(content) ? content : {};
  } catch (error) {
    throw notYaml(name, error);
  }
}

/** The stack with what the command line adds: `--config`, and the system it names. Throws {@link Refusal}. */
export async function withArguments(
  stack: StackFile,
  config: readonly string[],
  system?: string,
): Promise<StackFile> {
  const overrides = config.map(parseOverride);
  const named = settingsOf(stack.config).system;
  // One that nobody knows is for the check of the settings to refuse, together with all else.
  const wanted = isFile(system) ? resolve(system) : systemNamed(system)?.name;
  if (wanted !== undefined && typeof named === "string" && named !== wanted) {
    throw new Refusal([
      `system: must be "${named}" on stack "${stack.name}", got "${wanted}"; name another stack with --stack`,
    ]);
  }
  if (system !== undefined) overrides.unshift({ path: ["system"], value: system });
  if (overrides.length === 0) return stack;
  const document = documentOf(stack.text, `Pulumi.${stack.name}.yaml`);
  const presets = await defaults();
  for (const one of overrides) override(document, fromHere(one), presets);
  return asStack(stack, textOf(document));
}

/** A path on the command line begins where the command was given. */
function fromHere({ path, value }: Override): Override {
  const [key, ...rest] = path;
  const whole = (one: unknown) => (typeof one === "string" ? resolve(one) : one);
  if (key === "system" && isFile(value)) return { path, value: whole(value) };
  if (key !== "development") return { path, value };
  if (rest.length > 0) return { path, value: whole(value) };
  const folders = isMap(value) ? Object.entries(value).map(([name, one]) => [name, whole(one)]) : undefined;
  return { path, value: folders ? Object.fromEntries(folders) : value };
}

let project: Promise<Record<string, unknown>> | undefined;

/** What Pulumi.yaml says, read once a command. */
export async function readProject(): Promise<Record<string, unknown>> {
  project ??= readFile(join(root, "Pulumi.yaml"), "utf8").then((text) => mapIn(text, "Pulumi.yaml"));
  return await project;
}

/** What Pulumi.yaml gives each key that a stack doesn't set. */
async function defaults(): Promise<Config> {
  const { config } = await readProject();
  const keys = Object.entries(isMap(config) ? config : {});
  return Object.fromEntries(
    keys.map(([key, value]) => [`berth:${key}`, isMap(value) ? value.default : undefined]),
  );
}

/** The stack file as the engine gets it, outside the checkout. */
export function workFile(home: Home, stack: string): string {
  return join(home.work, `Pulumi.${stack}.yaml`);
}

/**
 * Writes project and stack file into the data folder. A salt the engine once wrote there is kept, because state is
 * encrypted with it; `salt` is the state's own, for when that file is lost.
 */
export async function writeWork(home: Home, stack: StackFile, salt?: string): Promise<void> {
  const file = workFile(home, stack.name);
  const before = existsSync(file) ? mapIn(await readFile(file, "utf8"), file) : {};
  const kept = before.encryptionsalt ?? salt;
  await writeProject(home.work, stack, typeof kept === "string" ? kept : undefined);
}

/** Of files that nobody else is to read. */
const own = 0o600;

/** Writes project and stack file into a folder; the file gets the salt where it has none. */
export async function writeProject(folder: string, stack: StackFile, salt?: string): Promise<void> {
  const project = await readProject();
  await Promise.all([
    replaceFile(join(folder, `Pulumi.${stack.name}.yaml`), withSalt(stack, salt), own),
    replaceFile(join(folder, "Pulumi.yaml"), stringify(project), own),
  ]);
}

function withSalt({ name, text, rest }: StackFile, salt: string | undefined): string {
  if (salt === undefined || rest.encryptionsalt !== undefined) return text;
  const document = documentOf(text, `Pulumi.${name}.yaml`);
  document.set("encryptionsalt", salt);
  return textOf(document);
}
