import * as command from "@pulumi/command/local/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { sshArguments, type Connection } from "../ssh/connection.ts";
import { setupPath } from "./cloudConfig.ts";
import { quote } from "./scripts.ts";

export interface SetupAgainArgs {
  connection: pulumi.Output<Connection>;
  /** What a new machine would prepare itself with. */
  setup: pulumi.Input<string>;
  /** Changes when the machine is replaced. */
  generation: pulumi.Input<string>;
}

/**
 * Prepares a machine for what it wasn't made for, once: a new one has the same script by its user-data, and then nothing
 * is done. A later Berth's script is for the next machine, as its user-data is.
 */
export function setupAgain(
  name: string,
  { connection, setup, generation }: SetupAgainArgs,
  parent: pulumi.Resource,
): command.Command {
  return new command.Command(
    name,
    {
      create: connection.apply((known) => setupAgainScript(known)),
      stdin: setup,
      logging: "stderr",
      triggers: [generation],
    },
    { parent, ignoreChanges: ["stdin"] },
  );
}

/** For the machine that runs Berth; the setup script comes on standard input. `made` is what the machine was made with. */
export function setupAgainScript(connection: Connection, made = setupPath): string {
  const words = sshArguments(connection).map(quote).join(" ");
  const there = [
    `f=$(mktemp -p /dev/shm 2>/dev/null || mktemp) && cat >"$f" || exit 1`,
    `s=; [ "$(id -u)" = 0 ] || s="sudo -n"`,
    // From a file, because what the script starts would read the rest of it.
    `$s cmp -s "$f" ${made} || { $s sh "$f" </dev/null 2>&1 && $s install -m 0700 "$f" ${made}; }`,
    `code=$?; rm -f "$f"; exit $code`,
  ].join("\n");
  return `out=$(ssh ${words} ${quote(there)}) && exit 0
printf '%s\\n' "$out" | sed -n 's/^@fail /host: could not be prepared for a swarm: /p' >&2
exit 1
`;
}
