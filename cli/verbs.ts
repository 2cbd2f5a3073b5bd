import type { Command } from "commander";
import { levels } from "./docker/logFilter.ts";
import { systemNames } from "../systems/index.ts";
import type { CommonOptions } from "./session.ts";
import type { SetupOptions } from "./setup/setup.ts";
import type { DestroyOptions } from "./verbs/destroy.ts";
import type { InsideOptions } from "./verbs/inside.ts";
import type { LockOptions } from "./verbs/lock.ts";
import type { LogsOptions } from "./verbs/logs.ts";
import type { PreviewOptions } from "./verbs/previewFull.ts";
import type { PruneOptions } from "./verbs/prune.ts";
import type { RestartOptions } from "./verbs/restart.ts";
import type { RestoreOptions } from "./verbs/restore.ts";
import type { RollbackOptions } from "./verbs/rollback.ts";
import type { TopOptions } from "./verbs/top.ts";
import type { TunnelOptions } from "./verbs/tunnel.ts";
import type { RotateOptions } from "./verbs/rotate.ts";
import type { UnlockOptions } from "./verbs/unlock.ts";
import type { UpOptions } from "./verbs/up.ts";
import type { UpgradeOptions } from "./verbs/upgrade.ts";

type Define = (
  /** Starts a verb, with the options every verb takes. */
  command: (name: string, description: string) => Command,
  run: (options: { json?: boolean }, verb: () => Promise<number>) => Promise<void>,
) => void;

const systemArgument = `${systemNames.slice(0, -1).join(", ")} or ${systemNames.at(-1)}, or a file such as ./shop.ts (default: what the stack's file says)`;

/** The verbs, in the order help shows them. Each loads its code when it is used. */
export const verbs: Define[] = [
  (command, run) =>
    command("up", "bring a system up, or to what its settings say now")
      .aliases(["deploy", "update"])
      .argument("[system]", systemArgument)
      .option(
        "--new-engine",
        "this Docker Engine replaces the one the stack was on; what that one held is lost",
      )
      .option("--full", "ask the engine, even where nothing has changed since the last run")
      .action((system: string | undefined, options: UpOptions) =>
        run(options, async () => (await import("./verbs/up.ts")).up(system, options)),
      ),
  (command, run) =>
    command("preview", "say what up would change")
      .argument("[system]", systemArgument)
      .option("--diff", "show the values that differ")
      .option("--refresh", "look at every resource first, not only whether it is there")
      .option("--full", "ask the engine, even where nothing has changed since the last run")
      .option("--timeout <seconds>", "give up after so long, saying what didn't answer", "600")
      .option("--markdown", "print a comment for a pull request, to be updated by the mark it begins with")
      .option(
        "--events <file>",
        "with --markdown: make it from what pulumi preview --event-log or --json wrote, and look at nothing else",
      )
      .action((system: string | undefined, options: PreviewOptions) =>
        run(options, async () => (await import("./verbs/preview.ts")).preview(system, options)),
      ),
  (command, run) =>
    command("validate", "say whether up would be refused, and why")
      .argument("[system]", systemArgument)
      .action((system: string | undefined, options: CommonOptions) =>
        run(options, async () => (await import("./verbs/validate.ts")).validate(system, options)),
      ),
  (command, run) =>
    command("build", "build the images that a stack has built of source, and leave all else")
      .argument("[system]", systemArgument)
      .action((system: string | undefined, options: CommonOptions) =>
        run(options, async () => (await import("./verbs/build.ts")).build(system, options)),
      ),
  (command, run) =>
    command("lock", "write down what the tags of images mean, of every stack that has a file or of one")
      .option("--check", "write nothing, and exit with 1 where that has changed")
      .option("--new", "leave what is locked as it is, and lock what isn't yet")
      .option("--platform <os/arch>", "what images have to be for", "linux/amd64")
      .action((options: LockOptions) =>
        run(options, async () => (await import("./verbs/lock.ts")).lock(options)),
      ),
  (command, run) =>
    command("setup", "prepare a server that exists for its system; again, it changes nothing")
      .option(
        "--host-key <key>",
        "accept this host key, as SHA256:… or whole, without a question; of several machines SHA256:…,SHA256:…",
      )
      .action((options: SetupOptions) =>
        run(options, async () => (await import("./setup/setup.ts")).setup(options)),
      ),
  (command, run) =>
    command("verify", "look whether everything works, from each container to the public pages").action(
      (options: CommonOptions) =>
        run(options, async () => (await import("./verbs/verify.ts")).verify(options)),
    ),
  (command, run) =>
    command(
      "drift",
      "say where a system isn't what the last run left; exits with 2 where there is something",
    ).action((options: CommonOptions) =>
      run(options, async () => (await import("./verbs/drift.ts")).drift(options)),
    ),
  (command, run) =>
    command("status", "say what runs, of what release, and what it uses").action((options: CommonOptions) =>
      run(options, async () => (await import("./verbs/status.ts")).status(options)),
    ),
  (command, run) =>
    command("top", "say what each container uses: CPU, memory, processes, network")
      .option("-w, --watch", "again every two seconds, until ^C")
      .action((options: TopOptions) =>
        run(options, async () => (await import("./verbs/top.ts")).top(options)),
      ),
  (command, run) =>
    command("logs", "print what services wrote, merged by time")
      .argument("[service...]", "all services if none is named")
      .option("-f, --follow", "go on until ^C")
      .option("--since <time>", "from a time ago (10m, 2h, 1d) or a date on")
      .option("--until <time>", "up to a time ago or a date")
      .option(
        "-g, --grep <pattern>",
        "lines in which a regular expression is found; one without capitals finds both",
      )
      .option(
        "--level <level>",
        `lines that say at least ${levels.slice(0, -1).join(", ")} or ${levels.at(-1)}, and those that belong to them`,
      )
      .option(
        "-n, --tail <lines>",
        "at most so many of the last lines of each container are looked at (default: 200, all for --grep, --level and --since)",
      )
      .action((services: string[], options: LogsOptions) =>
        run(options, async () => (await import("./verbs/logs.ts")).logs(services, options)),
      ),
  (command, run) =>
    command("exec", "run a command in a service's container, with this terminal")
      .argument("<service>", "such as backend or postgres")
      .argument("[command...]", "after --, such as -- ls -l /app (default: sh)")
      .option("--replica <number>", "in which of its containers, by name (default: the first)")
      .showHelpAfterError("(the command's own options come after --: berth exec backend -- ls -l)")
      .action((service: string, words: string[], options: InsideOptions) =>
        run(options, async () => (await import("./verbs/exec.ts")).exec(service, words, options)),
      ),
  (command, run) =>
    command("run", "run a command in a container of its own, like one of a service, that is gone at its end")
      .argument("<service>", "whose image, variables, files, volumes and networks it gets")
      .argument("[command...]", "after --, such as -- python manage.py shell (default: sh)")
      .option("--replica <number>", "like which of its containers, by name (default: the first)")
      .showHelpAfterError("(the command's own options come after --: berth run backend -- ls -l)")
      .action((service: string, words: string[], options: InsideOptions) =>
        run(options, async () => (await import("./verbs/run.ts")).run(service, words, options)),
      ),
  (command, run) =>
    command("restart", "give services new containers, with the old ones serving until they are well")
      .argument("[service...]", "all that need no gap if none is named")
      .option("-y, --yes", "don't ask before what there is one of is stopped first, such as a database")
      .action((services: string[], options: RestartOptions) =>
        run(options, async () => (await import("./verbs/restart.ts")).restart(services, options)),
      ),
  (command, run) =>
    command("rollback", "give applications the images of an earlier release, which their machines still have")
      .argument("[release]", "its number in --list (default: the one before what runs or failed)")
      .option("--list", "say which releases there are, and change nothing")
      .option("-y, --yes", "don't ask before it")
      .action((release: string | undefined, options: RollbackOptions) =>
        run(options, async () => (await import("./verbs/rollback.ts")).rollback(release, options)),
      ),
  (command, run) =>
    command("maintenance", "have the public get a page and 503 while the system goes on behind it")
      .argument("[state]", "on or off (default: say which)")
      .action((state: string | undefined, options: CommonOptions) =>
        run(options, async () => (await import("./verbs/maintenance.ts")).maintenance(state, options)),
      ),
  (command, run) =>
    command("tunnel", "lead a port of this machine's loopback to a service that nothing publishes, until ^C")
      .argument("<service>", "such as minio, whose console it is, or postgres")
      .argument("[port]", "inside (default: the service's usual one)")
      .option("--local <port>", "on this machine (default: a free one)")
      .action((service: string, port: string | undefined, options: TunnelOptions) =>
        run(options, async () => (await import("./verbs/tunnel.ts")).tunnel(service, port, options)),
      ),
  (command, run) =>
    command("backup", "make a backup of a system's data now, or say which there are")
      .argument("[what]", "now or list", "now")
      .action((what: string, options: CommonOptions) =>
        run(options, async () => (await import("./verbs/backup.ts")).backup(what, options)),
      ),
  (command, run) =>
    command("restore", "give a system the data of a backup; what writes is stopped meanwhile")
      .option("--at <time>", "as it was then: a time ago (2h, 1d) or a date (default: the newest backup)")
      .option("--from <stack>", "a backup of another stack in the same storage")
      .option("-y, --yes", "don't ask before data is replaced")
      .action((options: RestoreOptions) =>
        run(options, async () => (await import("./verbs/restore.ts")).restore(options)),
      ),
  (command, run) =>
    command(
      "drill",
      "restore the newest backup where nobody uses it, and compare it with its manifest",
    ).action((options: CommonOptions) =>
      run(options, async () => (await import("./verbs/drill.ts")).drill(options)),
    ),
  (command, run) =>
    command(
      "rotate",
      "give generated secrets new values while the system serves, and have the old ones refused",
    )
      .argument("[secret...]", "all but those of your own that are set to generate, if none is named")
      .option("--list", "say which there are, and change nothing")
      .option("-y, --yes", "don't ask before all, or one of your own, get new values")
      .action((names: string[], options: RotateOptions) =>
        run(options, async () => (await import("./verbs/rotate.ts")).rotate(names, options)),
      ),
  (command, run) =>
    command("upgrade", "move a PostgreSQL's data to a later major version, and keep the old beside it")
      .argument("<what>", "postgres")
      .argument("[service]", "its name, where a system has several")
      .option(
        "--image <image>",
        "of the version wanted, written into the stack's file (default: what it names)",
      )
      .option("--back", "return to the data that is kept, as it was left")
      .option("--finish", "delete the data that is kept")
      .option("-y, --yes", "don't ask before what uses the database is stopped, or data is deleted")
      .action((what: string, service: string | undefined, options: UpgradeOptions) =>
        run(options, async () => (await import("./verbs/upgrade.ts")).upgrade(what, service, options)),
      ),
  (command, run) =>
    command("prune", "remove images that a stack ran once and that nothing needs any more")
      .option("--keep <releases>", "so many releases before what runs can be gone back to", "3")
      .option("-y, --yes", "don't ask before images are removed")
      .action((options: PruneOptions) =>
        run(options, async () => (await import("./verbs/prune.ts")).prune(options)),
      ),
  (command, run) =>
    command("unlock", "free a stack of a command that was killed on another machine")
      .option("-y, --yes", "don't ask before it")
      .action((options: UnlockOptions) =>
        run(options, async () => (await import("./verbs/unlock.ts")).unlock(options)),
      ),
  (command, run) =>
    command("env", "print what plain pulumi needs to work on the same state").action(
      (options: CommonOptions) => run(options, async () => (await import("./verbs/env.ts")).env(options)),
    ),
  (command, run) =>
    command("destroy", "remove a system; its data and passwords stay")
      .option("--data", "delete data and passwords too, for good")
      .option("--orphans", "also remove what carries the stack's label and its state doesn't know")
      .option("--gone", "forget it, with its passwords, where its server is gone for good")
      .option("-y, --yes", "don't ask")
      .action((options: DestroyOptions) =>
        run(options, async () => (await import("./verbs/destroy.ts")).destroy(options)),
      ),
];
