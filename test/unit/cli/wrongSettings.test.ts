import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const nowhere = "/nowhere/docker.sock";

/** All that a command writes before it is refused, on a machine without Docker. */
async function written(
  verb: string,
  settings: string[],
  options: string[] = [],
  environment: Record<string, string> = {},
): Promise<string[]> {
  const home = await mkdtemp(join(tmpdir(), "berth-wrong-"));
  onTestFinished(() => rm(home, { recursive: true }));
  const config = settings.flatMap((setting) => ["--config", setting]);
  const args = ["cli/berth.mjs", verb, "loc8", "--stack", "wrong", ...config, ...options];
  const here = { XDG_DATA_HOME: home, DOCKER_HOST: `unix://${nowhere}`, NO_COLOR: "1" };
  const env = { ...process.env, ...here, ...environment };
  const { stdout, stderr, code } = await promisify(execFile)("node", args, { env, timeout: 50_000 }).then(
    () => ({ stdout: "", stderr: "", code: 0 }),
    (error: unknown) => error as { stdout: string; stderr: string; code: number },
  );
  expect(code).toBe(1);
  return `${stdout}${stderr}`.split("\n").filter((line) => line !== "");
}

const replicas = "replicas.backend: must be a whole number from 1 to 32, got 0";

for (const verb of ["up", "preview"]) {
  it(`berth ${verb} says that a setting is wrong before anything else`, async () => {
    const lines = await written(verb, ["replicas.backend=0", "domain=app_1"]);
    expect(lines.slice(0, 2).sort()).toEqual([
      'domain: must be a domain name such as "app.example.org", got "app_1"',
      replicas,
    ]);
    // Whatever else is wrong is said with it.
    expect(lines.slice(2)).toEqual([expect.stringContaining(nowhere)]);
  });

  it(`berth ${verb} says so before it asks for a state that is elsewhere`, async () => {
    const elsewhere = { PULUMI_BACKEND_URL: "s3://state?endpoint=127.0.0.1:1&disableSSL=true&region=eu" };
    expect(await written(verb, ["replicas.backend=0"], [], elsewhere)).toEqual([replicas]);
  });
}

it("a preview takes a number of seconds that a timer takes", async () => {
  for (const value of ["0", "10m"]) {
    // Whether the engine is asked or not.
    for (const more of [[], ["--events", "nowhere", "--markdown"]]) {
      expect(await written("preview", [], ["--timeout", value, ...more])).toEqual([
        `--timeout: must be a whole number of seconds from 1 to 999999, got "${value}"`,
      ]);
    }
  }
});
