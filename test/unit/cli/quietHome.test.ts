import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { quietHome } from "../../../cli/engine/quietHome.ts";

test("the engine's home is the user's own, but for the log it can't make", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "berth-home-"));
  t.onTestFinished(() => rm(folder, { recursive: true }));
  const data = join(folder, "data");
  for (const name of ["first", "moved"]) {
    const own = join(folder, name);
    await mkdir(join(own, "plugins/resource-docker-v1"), { recursive: true });
    await writeFile(join(own, "credentials.json"), name);
    const { PULUMI_HOME: home = "" } = await quietHome(data, { PULUMI_HOME: own });
    assert.deepEqual(await readdir(join(home, "plugins")), ["resource-docker-v1"]);
    assert.equal(await readFile(join(home, "credentials.json"), "utf8"), name);
    await assert.rejects(mkdir(join(home, "logs"), { recursive: true }), { code: "EEXIST" });
    assert.deepEqual((await readdir(home)).sort(), ["credentials.json", "logs", "plugins", "policies"]);
  }
  assert.deepEqual(await quietHome(data, { BERTH_DEBUG: "1" }), {});
});
