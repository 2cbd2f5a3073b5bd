import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Berth } from "../tools/berth.ts";
import { findBrowser, visit } from "../tools/browser.ts";
import { json, post } from "../tools/http.ts";
import { removeReleases } from "../tools/release.ts";
import { stranger } from "../tools/stranger.ts";

/** It runs as root, writes a log beside its source, takes its secrets from the environment, and knows no health path. */
describe("a FastAPI that a stranger wrote, in place of LOC8's", () => {
  let berth: Berth;
  let common: string[];
  beforeAll(async () => {
    berth = await Berth.open("loc8");
    const image = await stranger("fastapi", "places");
    common = [`images.backend=${image}`, "replicas.backend=1", "secretsInEnvironment=true"];
  });
  afterAll(async () => {
    await (berth as Berth | undefined)?.close();
    await removeReleases();
  });

  let settings: string[] = [];

  it("is refused as root, and fails for its log, each with the setting that mends it", async () => {
    const refused = await berth.up(...common).ended;
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, /set override\.backend\.user, or override\.backend\.root: true to allow it/);
    const root = [...common, "override.backend.root=true"];
    const { code, output } = await berth.up(...root).ended;
    assert.equal(code, 1, output);
    const [, line = ""] = /what mends it: (override\.backend\.writable: .+)$/m.exec(output) ?? [];
    assert.equal(line, 'override.backend.writable: ["/code/logs"]', output);
    settings = [...root, line.replace(": ", "=")];
  });

  it("comes up with them alone, and keeps its rows in the system's database", async () => {
    const { code, output } = await berth.up(...settings).ended;
    assert.equal(code, 0, output);
    await post(`${berth.url}/api/places`, { name: "a harbour" });
    const places = [{ id: 1, name: "a harbour" }];
    assert.deepEqual(await json(`${berth.url}/api/places`), { places, added: 1 });
  });

  it("shows its documentation in a browser without an error", async (t) => {
    const browser = await findBrowser();
    if ("reason" in browser) return t.skip(browser.reason);
    const look = (page: Page) => page.locator("#swagger-ui").getByText("Places").innerText();
    const { saw, problems } = await visit(browser.path, `${berth.url}/docs`, look, {
      elsewhere: {
        "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js": swagger,
        "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui.css": "",
        "https://fastapi.tiangolo.com/img/favicon.png": "",
      },
    });
    assert.deepEqual({ saw, problems }, { saw: "Places", problems: [] });
  });

  it("has nothing to do the second time", async () => {
    const { code, output } = await berth.start("up", "--full", ...berth.settings(...settings)).ended;
    assert.equal(code, 0, output);
    assert.match(output, /^LOC8 is up, nothing to do, /m);
  });

  it("is told apart in status and verify", async () => {
    for (const verb of ["status", "verify"]) {
      const { code, output } = await berth.start(verb, ...berth.settings(...settings)).ended;
      assert.equal(code, 0, output);
    }
  });
});

/** Stands in for the script that the page loads from another host: it shows the title of what it is given. */
const swagger = `
function SwaggerUIBundle({ url, dom_id: id }) {
  fetch(url).then((answer) => answer.json()).then(({ info }) => {
    document.querySelector(id).textContent = info.title;
  });
  return {};
}
SwaggerUIBundle.presets = {};
SwaggerUIBundle.SwaggerUIStandalonePreset = {};
`;
