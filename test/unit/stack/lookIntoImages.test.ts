import assert from "node:assert/strict";
import type Docker from "dockerode";
import { test } from "vitest";
import { releaseImage } from "../../../lib/releaseImage.ts";
import { settingsFrom } from "../../../settings.ts";
import type { ImageFacts } from "../../../stack/imagePlan.ts";
import { lookIntoImages } from "../../../stack/lookIntoImages.ts";
import { openRegistry } from "../../tools/registry.ts";

const facts: ImageFacts = {
  present: undefined,
  locked: new Map(),
  thisMachine: false,
  made: true,
  preview: true,
};

/** An engine that must not be asked. */
const noDocker = {
  getImage: () => {
    throw new Error("must not be asked");
  },
} as unknown as Docker;

async function looked(images: Record<string, string>, known: Partial<ImageFacts> = {}, docker = noDocker) {
  const settings = await settingsFrom({ system: "loc8", images }, "/");
  return lookIntoImages(settings, { ...facts, ...known }, { docker });
}

test("an image that no engine has is looked into at its registry, once", async () => {
  const registry = await openRegistry("open");
  try {
    registry.push("team/api:1", ["linux/amd64"], { User: "app" });
    const name = `${registry.registry}/team/api:1`;
    const found = await looked({ backend: name, frontend: name, postgres: `${registry.registry}/other:1` });
    assert.deepEqual([...found.keys()], [name]);
    const one = found.get(name);
    assert.ok(one && "config" in one);
    assert.deepEqual([one.config.user, one.accounts], ["app", undefined]);
    assert.equal(registry.requests.length, 2);
  } finally {
    await registry.close();
  }
});

test("what is locked is looked into by its digest, whatever the tag means by now", async () => {
  const registry = await openRegistry("open");
  try {
    const name = `${registry.registry}/team/api:1`;
    const digest = registry.push("team/api:1", ["linux/amd64"], { User: "before" });
    registry.push("team/api:1", ["linux/amd64"], { User: "after" });
    const found = (await looked({ backend: name }, { locked: new Map([[name, digest]]) })).get(name);
    assert.equal(found && "config" in found && found.config.user, "before");
  } finally {
    await registry.close();
  }
});

test("what nobody has says why, and stops nothing", async () => {
  const registry = await openRegistry("open");
  const name = `${registry.registry}/team/api:1`;
  try {
    assert.deepEqual(
      [...(await looked({ backend: name }))],
      [[name, { reason: `${registry.registry} must have team/api:1, got status 404` }]],
    );
  } finally {
    await registry.close();
  }
  const gone = (await looked({ backend: name })).get(name);
  assert.match(gone && "reason" in gone ? gone.reason : "", /could not be reached \(.*ECONNREFUSED/);
});

test("an image that the engine has is looked into there, and its accounts only where its user needs them", async () => {
  const made: string[] = [];
  const engine = (User: string) =>
    ({
      getImage: (id: string) => ({ inspect: () => Promise.resolve({ Id: id, Config: { User } }) }),
      createContainer: ({ Image }: { Image: string }) => {
        made.push(Image);
        return Promise.reject(new Error("no room"));
      },
    }) as unknown as Docker;
  const here = { present: new Map([["acme/api:1", "sha256:here"]]) };
  const images = { backend: "acme/api:1" };
  for (const user of ["1000:1000", ""]) {
    const found = (await looked(images, here, engine(user))).get("acme/api:1");
    assert.equal(found && "config" in found && found.config.user, user);
  }
  assert.deepEqual(made, []);
  const named = (await looked(images, here, engine("app"))).get("acme/api:1");
  assert.ok(named && "config" in named);
  assert.deepEqual([named.config.user, named.accounts], ["app", undefined]);
  assert.deepEqual(made, ["sha256:here"]);
});

test("an image that a way back has given its name is asked of no registry: none has it", async () => {
  const name = releaseImage("backend", `sha256:${"0".repeat(64)}`);
  const found = await looked({ backend: name });
  assert.deepEqual(found.get(name), { reason: "only its machine has it" });
});
