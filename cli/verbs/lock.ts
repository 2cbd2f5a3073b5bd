import { showSteps } from "../board/steps.ts";
import { applied, changesOf, changeText, type Entry } from "../lock/changes.ts";
import { stacksFor, wantedBy } from "../lock/images.ts";
import { resolveAll } from "../lock/resolve.ts";
import { openOutput, type Output } from "../output.ts";
import { Refusal } from "../refusal.ts";
import type { CommonOptions } from "../session.ts";
import { table } from "../table.ts";
import { lockName, readLock, writeLock } from "../../toolchain/registry/lockFile.ts";

export interface LockOptions extends CommonOptions {
  check?: boolean;
  /** Leave what is locked as it is. */
  new?: boolean;
  platform: string;
}

/** Writes down what the tags of images mean now, or says what has changed since. Returns the exit code. */
export async function lock(options: LockOptions): Promise<number> {
  const { check = false, new: keep = false, platform, stack, config } = options;
  if (check && keep) throw new Refusal(["--new: must come without --check, which writes nothing"]);
  if (!/^[a-z0-9]+\/[a-z0-9]+$/.test(platform))
    throw new Refusal([`--platform: must be like linux/amd64, got "${platform}"`]);
  const output = openOutput(options);
  const locked = readLock();
  const wanted = await Promise.all((await stacksFor(output, stack, config)).map(wantedBy));
  const steps = showSteps(output);
  const { progress } = steps;
  const found = await resolveAll(wanted, { locked, platform, keep, progress }).finally(() => {
    steps.stop();
  });
  const entries = changesOf(locked, found, stack === undefined && config.length === 0);
  const changed = changeText(entries);
  if (!check && changed !== "") await writeLock(applied(locked, entries));
  if (output.json) output.emit({ result: check && changed !== "" ? "differs" : "ok", images: entries });
  else sayEntries(entries, output);
  if (!check) {
    const same = keep ? "has every image" : "is as the registries say";
    output.say(changed === "" ? `${lockName} ${same}` : `${lockName}: ${changed}`);
    return 0;
  }
  output.say(
    changed === ""
      ? `${lockName} is as the registries say`
      : `${lockName}: must be as the registries say, got ${changed}; berth lock`,
  );
  return changed === "" ? 0 : 1;
}

function sayEntries(entries: readonly Entry[], output: Output): void {
  const { green, yellow, dim } = output.colour;
  const paints = { new: green, moved: yellow, unused: yellow, same: dim };
  const rows = entries.map(({ image, change, was, now }) => [image, change, short(was), short(now)]);
  const columns = [{ title: "image", shrink: true }, { title: "" }, { title: "locked" }, { title: "now" }];
  const paint = (text: string, column: number, row: number): string =>
    column === 1 ? paints[entries[row]?.change ?? "same"](text) : text;
  const width = output.stream.columns || 110;
  for (const line of table(columns, rows, { width, paint })) output.say(line);
}

/** Enough to tell two apart; the file has all of it. */
function short(digest: string | undefined): string {
  return digest?.slice(0, "sha256:".length + 12) ?? "";
}
