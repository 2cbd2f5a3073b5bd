import { Readable } from "node:stream";
import Dockerode from "dockerode";
import type { Progress } from "../../../toolchain/progress.ts";

/** What the fake engine answers to a pull of a name: events, or an error before the first of them. */
export type Pulled = { status?: string; id?: string; error?: string }[] | Error | "never";

/** An engine that holds images in a map and answers pulls from a table; it records what was asked. */
export class FakeDocker extends Dockerode {
  readonly images = new Map<string, { Id: string; Config: { Labels: Record<string, string> | null } }>();
  readonly requests: string[] = [];
  readonly credentials: (string | undefined)[] = [];
  readonly answers: Record<string, Pulled> = {};

  has(name: string, labels: Record<string, string> | null = null): this {
    this.images.set(name, { Id: `sha256:${name}`, Config: { Labels: labels } });
    return this;
  }

  override getImage(name: string): Dockerode.Image {
    const inspect = (): Promise<unknown> => {
      const found = this.images.get(name);
      return found === undefined
        ? Promise.reject(Object.assign(new Error("no such image"), { statusCode: 404 }))
        : Promise.resolve({ ...found, RepoTags: [name] });
    };
    const tag = ({ repo, tag }: { repo: string; tag: string }): Promise<void> => {
      this.requests.push(`tag ${name} ${repo}:${tag}`);
      this.has(`${repo}:${tag}`);
      return Promise.resolve();
    };
    return { inspect, tag } as unknown as Dockerode.Image;
  }

  override pull(name: string, options?: object): never {
    this.requests.push(`pull ${name}`);
    const { authconfig, abortSignal } = (options ?? {}) as {
      authconfig?: { username: string };
      abortSignal?: AbortSignal;
    };
    this.credentials.push(authconfig?.username);
    return this.answer(name, abortSignal) as never;
  }

  private answer(name: string, abort: AbortSignal | undefined): Promise<Readable> {
    const answer =
      this.answers[name] ?? new Error(`(HTTP code 404) unexpected - manifest for ${name} not found`);
    if (answer === "never")
      return new Promise((_, reject) => {
        abort?.addEventListener("abort", () => {
          reject(new Error("aborted"));
        });
      });
    if (answer instanceof Error) return Promise.reject(answer);
    if (!answer.some(({ error }) => error !== undefined)) this.has(name);
    return Promise.resolve(Readable.from(answer.map((event) => `${JSON.stringify(event)}\n`)));
  }

  override buildImage(_context: unknown, options?: unknown): never {
    const { t = "", labels = {} } = options as Dockerode.ImageBuildOptions;
    this.requests.push(`build ${t}`);
    this.has(t, labels);
    return Promise.resolve(Readable.from([`${JSON.stringify({ stream: "Step 1/1 : FROM x" })}\n`])) as never;
  }
}

/** Every event of every step as one line. */
export class Recorder implements Progress {
  readonly lines: string[] = [];

  step(title: string) {
    const say = (what: string) => (text?: string) => {
      this.lines.push(`${title}: ${what} ${text ?? ""}`.trim());
    };
    return { note: say("note"), done: say("done"), skip: say("skip"), fail: say("fail") };
  }
}
