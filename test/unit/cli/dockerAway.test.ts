import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { openLocalDocker } from "../../../cli/docker/open.ts";
import { owned } from "../../../cli/docker/owned.ts";
import { reach } from "../../../cli/preflight/engine.ts";
import { problemsIn } from "../../../cli/refusal.ts";
import { nothingRuns } from "../../../cli/look.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** What is refused of a look at a stack, as the command line says it; nothing where it isn't foreseen. */
async function refused(): Promise<readonly string[] | undefined> {
  return await owned(openLocalDocker(), "dev").then(
    () => ["something was there"],
    (error: unknown) => problemsIn(error),
  );
}

/** A port of this machine on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

it("is told of by key and fix, wherever it should be, by whatever asks it first", async () => {
  const port = await deadPort();
  const places: [where: string, got: string][] = [
    ["unix:///nowhere/docker.sock", "connect ENOENT /nowhere/docker.sock"],
    [`tcp://127.0.0.1:${port}`, `connect ECONNREFUSED 127.0.0.1:${port}`],
    // Of two addresses, where the machine has both.
    [`tcp://localhost:${port}`, `connect ECONNREFUSED (?:::1|127\\.0\\.0\\.1):${port}`],
    ["tcp://nobody.invalid:2375", "getaddrinfo \\w+ nobody\\.invalid"],
  ];
  for (const [where, got] of places) {
    vi.stubEnv("DOCKER_HOST", where);
    const lines = (await refused()) ?? [];
    expect(lines).toHaveLength(1);
    const line = new RegExp(
      `^docker: must answer at ${where}, got "${got}"; start Docker, or set DOCKER_HOST$`,
    );
    expect(lines[0]).toMatch(line);
    expect(await reach(openLocalDocker())).toEqual({ problem: lines[0] });
  }
});

it("is another thing than an answer that says no", async () => {
  const server = createServer((_, answer) => {
    answer.writeHead(500, { "content-type": "application/json" }).end('{"message":"out of order"}');
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  vi.stubEnv("DOCKER_HOST", `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await refused()).toBeUndefined();
});

it("a stack whose state can't be read isn't said to want a start", () => {
  expect(nothingRuns("dev", false)).toBe("nothing of stack dev runs; berth up --stack dev starts it");
  expect(nothingRuns("dev", true)).not.toMatch(/berth up|starts/);
});
