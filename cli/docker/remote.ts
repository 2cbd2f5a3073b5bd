import { spawn, type ChildProcessByStdio } from "node:child_process";
import { Agent } from "node:http";
import { Duplex, type Readable, type Writable } from "node:stream";
import Docker from "dockerode";
import { explain } from "../../components/ssh/errors.ts";
import { sshArguments, type Connection } from "../../components/ssh/connection.ts";
import { Refusal } from "../refusal.ts";

/** A machine's Docker, over the one ssh connection that everything else shares. */
export function dockerOver(connection: Connection): Docker {
  const agent = new SshAgent(connection);
  return new Docker({
    protocol: "http",
    host: connection.target.address,
    port: 80,
    agent,
  } as Docker.DockerOptions);
}

/** Each HTTP connection is a session of ssh that leads to the engine's socket, as the docker provider's are. */
class SshAgent extends Agent {
  constructor(readonly connection: Connection) {
    super({ keepAlive: false, maxSockets: 8 });
  }

  override createConnection(): Duplex {
    const command = [...sshArguments(this.connection), "docker system dial-stdio"];
    // Not in the terminal's process group: ^C is for the command to heed, which may have to go on to its end.
    return new Session(spawn("ssh", command, { stdio: "pipe", detached: true }), this.connection);
  }
}

/** What a person reads when a session to a machine's Docker ended by itself: 255 is ssh's own failure, others the command's. */
export function whySession(code: number, words: string, { target }: Connection): string {
  if (code === 255) return explain(words, target);
  const reason = words.trim().split("\n").at(-1) ?? "";
  return `host: must have a Docker Engine that ${target.user} may use, got "${reason}"; run berth setup`;
}

/** A process's input and output as an HTTP client wants its socket. */
class Session extends Duplex {
  #words = "";

  constructor(
    readonly ssh: ChildProcessByStdio<Writable, Readable, Readable>,
    way: Connection,
  ) {
    super();
    ssh.stdout.on("data", (chunk) => {
      if (!this.push(chunk)) ssh.stdout.pause();
    });
    ssh.stderr.setEncoding("utf8").on("data", (words: string) => (this.#words += words));
    ssh.on("error", (error) => this.destroy(error));
    // After the output's end and with what was written beside it: the reason, where there is one.
    ssh.on("close", (code) => {
      if (code === 0 || code === null || this.#words.trim() === "") this.push(null);
      else this.destroy(new Refusal([whySession(code, this.#words, way)]));
    });
    // It has gone, and the output's end says so.
    ssh.stdin.on("error", () => undefined);
  }

  override _read(): void {
    this.ssh.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    // A pipe that broke is told by what ssh says as it ends, and that follows.
    this.ssh.stdin.write(chunk, (error) => {
      if (!error) done();
    });
  }

  override _final(done: () => void): void {
    this.ssh.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.ssh.kill();
    done(error);
  }

  // Asked of a socket, and nothing here.
  setKeepAlive = (): this => this;
  setNoDelay = (): this => this;
  setTimeout = (): this => this;
  ref = (): this => this;
  unref = (): this => this;
}
