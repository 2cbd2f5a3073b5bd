import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { controlPath, sshArguments, type Connection } from "./connection.ts";
import { explain, RemoteError } from "./errors.ts";

/** Seconds an unused master stays. */
const persist = 600;
/** Sessions that Pulumi's parallelism may need at once; sshd allows 10 a connection by default. */
const wantedSessions = 64;

/**
 * Opens one connection that everything else shares, unless it is open already. What starts at once would dial at
 * once otherwise, and sshd's defaults refuse some of it.
 *
 * Where sshd allows few sessions a connection, a second sshd is started for this connection alone, on its input and
 * output: it takes the same keys, listens nowhere, ends with the connection, and changes nothing on the machine.
 * Throws {@link RemoteError} when the machine can't be reached.
 */
export async function openMaster(server: Connection): Promise<void> {
  if (await isOpen(controlPath(server.target))) {
    if (await answers(server)) return;
    await closeMaster(server);
  }
  const [path, outer] = [absolute(controlPath(server.target)), `${controlPath(server.target)}-door`];
  await mkdir(absolute("~/.ssh"), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  if (!(await isOpen(outer))) {
    // A power cut leaves a socket that nobody listens to, and ssh won't put another in its place.
    await rm(absolute(outer), { force: true });
    await start(server, outer, []);
  }
  if ((await sessionsAllowed(server, outer)) < wantedSessions) {
    const inner = `${asRoot} /usr/sbin/sshd -i -o MaxSessions=1000`;
    const proxy = [
      "ssh",
      `-o ControlPath=${outer}`,
      `-T -l ${server.target.user}`,
      "--",
      server.target.address,
      `'${inner}'`,
    ];
    const opened = await start(server, controlPath(server.target), [
      "-o",
      `ProxyCommand=${proxy.join(" ")}`,
    ]).then(
      () => true,
      () => false,
    );
    if (opened) return;
  }
  await symlink(absolute(outer), path);
}

/** Closes the shared connection; what still goes through it breaks off. */
export async function closeMaster({ target }: Connection): Promise<void> {
  for (const path of [controlPath(target), `${controlPath(target)}-door`]) {
    await obeys("exit", path);
    await rm(absolute(path), { force: true });
  }
}

/** Milliseconds. Others may be at work over it, so a machine that is merely busy mustn't look like one that hangs. */
const mastersAnswer = 15_000;
const asRoot = 'exec $([ "$(id -u)" = 0 ] || echo sudo -n)';

async function start(server: Connection, path: string, options: string[]): Promise<void> {
  // Its standard error stays open in the background, so it must not be one of our pipes.
  const scratch = await mkdtemp(join(tmpdir(), "berth-ssh-"));
  const log = join(scratch, "log");
  const first = ["-o", "ControlMaster=yes", "-o", `ControlPersist=${persist}`, "-o", `ControlPath=${path}`];
  const result = await execa("ssh", [...first, ...options, "-f", "-N", ...sshArguments(server)], {
    stdio: ["ignore", "ignore", { file: log }],
    reject: false,
  });
  const written = await readFile(log, "utf8");
  await rm(scratch, { recursive: true, force: true });
  if (result.exitCode !== 0) throw new RemoteError(explain(written, server.target), written);
}

async function sessionsAllowed(server: Connection, path: string): Promise<number> {
  const command = `${asRoot} /usr/sbin/sshd -T`;
  const { stdout } = await execa("ssh", ["-o", `ControlPath=${path}`, ...sshArguments(server), command], {
    reject: false,
  });
  return Number(/^maxsessions (\d+)$/m.exec(stdout)?.[1] ?? wantedSessions);
}

/** A master outlives its machine until the keep-alive notices, and holds up whoever uses it. */
async function answers(server: Connection): Promise<boolean> {
  const { exitCode } = await execa("ssh", [...sshArguments(server), "true"], {
    timeout: 5000,
    reject: false,
  });
  return exitCode === 0;
}

async function isOpen(path: string): Promise<boolean> {
  return await obeys("check", path);
}

/** Whether a master does as it is told, which takes it a moment. One that hangs is ended: nobody gets past it. */
async function obeys(command: "check" | "exit", path: string): Promise<boolean> {
  const { exitCode, timedOut } = await execa("ssh", ["-O", command, "-o", `ControlPath=${path}`, "master"], {
    timeout: mastersAnswer,
    reject: false,
  });
  if (timedOut) await endMasters(path);
  return exitCode === 0;
}

/**
 * By the words that it was started with: should it go on later, it would remove the socket of the one in its place. Other
 * users' have the same words, for each is below a home of its own.
 */
async function endMasters(path: string): Promise<void> {
  // Whole lines, whatever COLUMNS says; macOS takes what follows a "=" for the column's name.
  const mine = ["-U", String(userInfo().uid), "-ww", "-o", "pid=", "-o", "args="];
  const { stdout, failed } = await execa("ps", mine, { reject: false });
  if (failed) return;
  const sockets = [path, `${path}-door`].map((one) => `ControlPath=${one}`);
  for (const line of stdout.split("\n")) {
    const [pid, ...words] = line.trim().split(/\s+/);
    const isMaster = words[0] === "ssh" && words.includes("ControlMaster=yes");
    if (!isMaster || !sockets.some((socket) => words.includes(socket))) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
}

/** As ssh reads `~`: by the user database, whatever HOME says. */
function absolute(path: string): string {
  return path.replace(/^~/, userInfo().homedir);
}
