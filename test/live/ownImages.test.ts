import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "vitest";
import { inspect } from "../tools/docker.ts";
import { documented } from "../tools/page.ts";
import { removeReleases } from "../tools/release.ts";
import { LiveStack } from "../tools/stack.ts";
import { stranger } from "../tools/stranger.ts";
import { Visitor } from "../tools/visitor.ts";
import { ask } from "./wire.ts";

describe("a Django site that a stranger wrote, in place of DocsAI's", () => {
  let stack: LiveStack;
  let image: string;
  let password: string;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "docsai" });
    image = await stranger("django", "site");
    await stack.set(documented("DocsAI", { site: image }));
  });
  afterAll(async () => {
    await stack.close();
    await removeReleases();
  });

  it("comes up by settings alone, as its image has it", async (t) => {
    const { seconds, outputs } = await stack.up();
    await t.annotate(`first up took ${seconds.toFixed(1)} s`);
    password = (outputs.secrets as Record<string, string>)["administration, admin"] ?? "";
    for (const { id } of await stack.containers("app")) {
      const { Config, HostConfig, State } = await inspect(id);
      assert.deepEqual(Config.Cmd, ["gunicorn", "--bind", "0.0.0.0:8000", "--workers", "2", "notes.wsgi"]);
      assert.deepEqual(Config.Entrypoint, ["/site/entrypoint.sh"]);
      assert.equal(Config.User, "1500:1600");
      assert.equal(HostConfig.CapAdd ?? null, null);
      assert.equal(State.Health?.Status, "healthy");
      const { Test, Timeout = 0, Retries, StartInterval } = Config.Healthcheck ?? {};
      assert.match(Test?.join(" ") ?? "", /^CMD-SHELL (?:[^]*\n)?python -c .*\/alive\//);
      // An engine that has one pace counts the check's own pause.
      const pause = StartInterval === undefined ? 8e9 : 0;
      assert.deepEqual([Timeout - pause, Retries], [4e9, 4]);
    }
    assert.equal((await ask(`${stack.url}/`)).body, "notes, as 1500:1600");
  });

  it("serves what its jobs collected, and lets the administrator in", async () => {
    assert.equal((await ask(`${stack.url}/static/admin/css/base.css`)).status, 200);
    const visitor = new Visitor(stack.url);
    const { headers } = await visitor.form("/admin/login/?next=/admin/", { username: "admin", password });
    assert.equal(headers.get("location"), "/admin/");
    assert.match(await (await visitor.get("/admin/")).text(), /Site administration/);
    const stranger = new Visitor(stack.url);
    const refused = await stranger.form("/admin/login/", { username: "admin", password: "wrong" });
    assert.equal(refused.status, 200);
  });

  it("changes nothing the second time", async () => {
    assert.deepEqual(Object.keys((await stack.up()).changes), ["same"]);
  });

  it("is refused as root, before anything changes, and runs so where a setting allows it", async () => {
    const root = await stranger("django", "root", (text) => text.replace("USER app\n", ""));
    await stack.set({ images: { app: root } });
    const before = await stack.containers("app");
    const { ok, output } = await stack.run("up");
    assert.equal(ok, false);
    assert.ok(
      output.includes(
        `images.app: must be an image with a user of its own, got "${root}", which runs as root; set override.app.user, or override.app.root: true to allow it`,
      ),
      output,
    );
    assert.deepEqual(await stack.containers("app"), before);
    await stack.set({ override: { app: { root: true, writable: ["/site/logs"] } } });
    const { output: allowed } = await stack.up();
    assert.ok(allowed.includes(`override.app.root: "${root}" runs as root, with CHOWN, `), allowed);
    const [one] = await stack.containers("app");
    const { Config, HostConfig } = await inspect(one?.id ?? "");
    assert.equal(Config.User, "0:0");
    assert.deepEqual(HostConfig.SecurityOpt, ["no-new-privileges:true"]);
    assert.equal((HostConfig.CapAdd as string[]).length, 7);
    assert.equal((await ask(`${stack.url}/`)).body, "notes, as 0:0");
  });
});
