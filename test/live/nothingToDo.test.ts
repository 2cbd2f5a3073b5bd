import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { docker, pause } from "../tools/docker.ts";
import { release, removeReleases } from "../tools/release.ts";
import { until } from "../tools/wait.ts";

const leftOut = /nothing to do: all is as the last run left it, checked in [\d.]+ s; --full asks the engine/;

describe("berth up with nothing to do", () => {
  let berth: Berth;
  let settings = ["replicas.backend=1"];

  beforeAll(async () => {
    berth = await Berth.open("loc8");
    const image = await release("berth/reference-app:1", "nothing-to-do");
    settings.push(`images.backend=${image}`);
  });
  afterAll(async () => {
    await berth.close();
    await removeReleases();
  });

  async function up(): Promise<string> {
    const { code, output } = await berth.up(...settings).ended;
    assert.equal(code, 0, output);
    return output;
  }

  /** As `up` gives them. */
  function config(): string[] {
    const { port } = new URL(berth.url);
    const all = ["host.kind=local", `host.port=${port}`, `network=${berth.stack}`, ...settings];
    return all.flatMap((setting) => ["--config", setting]);
  }

  async function ids(): Promise<string[]> {
    const { containers, networks, volumes } = await berth.dockerObjects();
    return [
      ...containers.map(({ Id }) => Id),
      ...networks.map(({ Id }) => Id),
      ...volumes.map(({ Name }) => Name),
    ].sort();
  }

  async function idOf(service: string, role = "service"): Promise<string> {
    const { containers } = await berth.dockerObjects();
    const found = containers.find(
      ({ Labels }) => Labels["berth.service"] === service && Labels["berth.role"] === role,
    );
    return found?.Id ?? assert.fail(`no ${role} of ${service}`);
  }

  /** All that ought to serve does, and is well. */
  async function healthy(): Promise<true | undefined> {
    const { containers } = await berth.dockerObjects();
    const serving = containers.filter(({ Labels }) => Labels["berth.role"] === "service");
    return (serving.length === 5 && serving.every(({ Status }) => Status.endsWith("(healthy)"))) || undefined;
  }

  /** The engine is asked for this reason, mends what there is to mend, and isn't asked again. */
  async function mends(reason: RegExp): Promise<void> {
    const output = await up();
    assert.match(output, reason);
    assert.doesNotMatch(output, leftOut);
    await until("all is well", 180, healthy);
    assert.match(await up(), leftOut);
  }

  it("leaves the engine out and everything as it is", async () => {
    assert.match(await up(), /asking the engine: no whole run is on record/);
    const before = await ids();
    await until("all is well", 180, healthy);
    assert.match(await up(), leftOut);
    assert.deepEqual(await ids(), before);
  });

  it("asks the engine all the same with --full", async () => {
    const { code, output } = await berth.start("up", "loc8", ...config(), "--full").ended;
    assert.equal(code, 0, output);
    assert.match(output, /is up, nothing to do, in/);
  });

  it("mends a container that was killed", async () => {
    await docker.getContainer(await idOf("backend")).remove({ force: true });
    await mends(/asking the engine: container backend-1-\w+ is gone/);
  });

  it("mends a container that was stopped", async () => {
    await docker.getContainer(await idOf("frontend")).stop();
    await mends(/container frontend-1-\w+: state must be "running", as the last run left it, got "exited"/);
  });

  it("mends a container that is paused", async () => {
    await pause(await idOf("backend"));
    await mends(/container backend-1-\w+: state must be "running", as the last run left it, got "paused"/);
  });

  it("mends a container that was cut off its network", async () => {
    await docker.getNetwork(berth.stack).disconnect({ Container: await idOf("backend") });
    await mends(/container backend-1-\w+: networks must be "\w+", as the last run left it, got ""/);
  });

  it("asks the engine once a carrier of files is gone", async () => {
    const { containers } = await berth.dockerObjects();
    const carrier = containers.find(({ State }) => State === "created") ?? assert.fail("no carrier");
    await docker.getContainer(carrier.Id).remove();
    await mends(/asking the engine: container \S+ is gone/);
  });

  it("asks the engine once plain pulumi has written the state", async (t) => {
    const { output } = await berth.start("env", ...config(), "--json").ended;
    const { variables, path, configFile } = JSON.parse(output) as {
      variables: Record<string, string>;
      path: string;
      configFile: string;
    };
    const folder = await mkdtemp(join(tmpdir(), "berth-state-"));
    t.onTestFinished(() => rm(folder, { recursive: true }));
    const options = { cwd: dirname(configFile), env: { ...variables, PULUMI_SKIP_UPDATE_CHECK: "true" } };
    for (const verb of ["export", "import"]) {
      const args = ["stack", verb, "--stack", berth.stack, "--file", join(folder, "state.json")];
      await execa(join(path, "pulumi"), args, options);
    }
    await mends(/asking the engine: state: changed since the last run/);
  });

  it("follows a tag that moved", async () => {
    const image = settings.find((setting) => setting.startsWith("images.backend="))?.split("=")[1] ?? "";
    const before = await idOf("backend");
    const other = await release("berth/reference-app:1", "nothing-to-do-2");
    const [repo = "", tag = ""] = image.split(/:(?=[^:]*$)/);
    await docker.getImage(other).tag({ repo, tag });
    await mends(/image \S+: id must be "sha256:\w+", as the last run left it, got "sha256:\w+"/);
    assert.notEqual(await idOf("backend"), before);
  });

  it("follows a setting that changed", async () => {
    settings = [...settings, "environment.backend.MARK=changed"];
    await mends(/asking the engine: settings: changed since the last run/);
  });
});
