import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { isSourceImage } from "../../../../lib/sourceImage.ts";
import { settingsFrom, SettingsError } from "../../../../settings.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-sources-"));
  await mkdir(join(folder, "My_API"));
  await writeFile(join(folder, "My_API/Dockerfile"), "FROM scratch\n");
  await writeFile(join(folder, "My_API/other"), "FROM scratch\n");
  await writeFile(join(folder, "token"), "secret\n");
});
afterAll(() => rm(folder, { recursive: true }));

const settingsOf = (images: Record<string, unknown>) => settingsFrom({ system: "loc8", images }, folder);

describe("an image that is built of source", () => {
  it("is named by its folder and what it is made of, and has its folders found", async () => {
    const { services, sources } = await settingsOf({
      backend: { build: "./My_API", secrets: { token: "token" } },
    });
    assert.match(services.backend?.image ?? "", /^berth-source\/my-api:[0-9a-f]{16}$/);
    assert.equal(isSourceImage(services.backend?.image ?? ""), true);
    assert.deepEqual(sources.backend, {
      reference: services.backend?.image,
      context: join(folder, "My_API"),
      dockerfile: join(folder, "My_API/Dockerfile"),
      args: {},
      secrets: { token: join(folder, "token") },
    });
  });

  it("is another one for another Dockerfile, stage, argument and platform, and the same for two services", async () => {
    const name = async (more: object): Promise<string> =>
      (await settingsOf({ backend: { build: "My_API", ...more } })).services.backend?.image ?? "";
    const changes = [
      {},
      { dockerfile: "other" },
      { target: "run" },
      { args: { A: "1" } },
      { platform: "linux/arm64" },
    ];
    const names = await Promise.all(changes.map(name));
    // The same text under another name is no other image.
    assert.equal(new Set(names).size, 4);
    assert.equal(await name({ secrets: { token: "token" } }), names[0]);
    const { services } = await settingsOf({ backend: { build: "My_API" }, frontend: { build: "My_API" } });
    assert.equal(services.backend?.image, services.frontend?.image);
  });

  it("has the name of the repository it is pushed to, and the same tag", async () => {
    const name = async (more: object): Promise<string> =>
      (await settingsOf({ backend: { build: "My_API", ...more } })).services.backend?.image ?? "";
    const [, tag = ""] = (await name({})).split(":");
    assert.equal(await name({ push: "ghcr.io/acme/api" }), `ghcr.io/acme/api:${tag}`);
    assert.equal(await name({ push: "localhost:5000/api" }), `localhost:5000/api:${tag}`);
    const { sources } = await settingsOf({ backend: { build: "My_API", push: "ghcr.io/acme/api" } });
    assert.equal(sources.backend?.pushed, true);
  });

  it("says all that isn't there", async () => {
    const wrong = {
      backend: { build: "nowhere" },
      frontend: { build: "My_API", dockerfile: "none", secrets: { npm: "missing" } },
    };
    await assert.rejects(
      settingsOf(wrong),
      new SettingsError([
        `images.backend.build: must be a folder, got "${join(folder, "nowhere")}"`,
        `images.frontend.dockerfile: must be a file, got "${join(folder, "My_API/none")}"`,
        `images.frontend.secrets.npm: must be a file, got "${join(folder, "missing")}"`,
      ]),
    );
  });

  it("shows what breaks a line or is long as any other value is shown", async () => {
    const wrong = {
      backend: { build: "\u0000" },
      frontend: { build: "My_API", secrets: { "two\nlines": "x".repeat(5000) } },
    };
    await assert.rejects(settingsOf(wrong), (error) => {
      assert.ok(error instanceof SettingsError);
      const [build = "", secret = ""] = error.problems;
      assert.ok(build.endsWith(String.raw`/\u0000"`), build);
      assert.match(secret, /^images\.frontend\.secrets\."two\\nlines": must be a file, got .{77}\.\.\.$/);
      return true;
    });
  });

  const mistakes: [value: unknown, problem: string][] = [
    [{ dockerfile: "x" }, "images.backend.build: must be text, got nothing"],
    [
      { build: "x", dockrfile: "y" },
      "images.backend.dockrfile: unknown key; known: build, dockerfile, target, args, platform, secrets, push",
    ],
    ...["ghcr.io/acme/api:1", "ghcr.io/Acme/api", `api@sha256:${"0".repeat(64)}`, "https://ghcr.io/acme"].map(
      (push): [unknown, string] => [
        { build: "x", push },
        `images.backend.push: must be a repository without a tag, such as "ghcr.io/acme/api", got "${push}"`,
      ],
    ),
    [{ build: "x", platform: "arm" }, 'images.backend.platform: must be like "linux/amd64", got "arm"'],
    [
      { build: "x", args: { "A-B": "1" } },
      "images.backend.args.A-B: must be a variable name of letters, digits and underscores",
    ],
    [
      { build: "x", secrets: ["a"] },
      "images.backend.secrets: must be a map such as { npm: ~/.npmrc }, got something else",
    ],
    [
      "Bad Name",
      'images.backend: must be an image reference such as "registry.example/api:1.2" or "registry.example/api@sha256:<64 hex digits>", got "Bad Name"',
    ],
  ];
  for (const [value, problem] of mistakes)
    it(`refuses ${JSON.stringify(value)}`, async () => {
      await assert.rejects(settingsOf({ backend: value }), new SettingsError([problem]));
    });
});
