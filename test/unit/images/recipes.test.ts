import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { entryRow, filesImage, rowsOf } from "../../../systems/facts.ts";
import { systems } from "../../../systems/index.ts";
import { resticImage } from "../../../services/backup/definition.ts";
import { probeImage } from "../../../components/containers/probeHealth.ts";
import { RecipeHashes } from "../../../toolchain/images/recipeHashes.ts";
import { recipes } from "../../../toolchain/images/recipes.ts";
import { limit } from "../../../toolchain/images/limit.ts";
import { hashFolder, imagesFolder } from "../../../toolchain/images/sources.ts";
import { FakeDocker } from "./fakeDocker.ts";

const servicesFolder = join(imagesFolder, "../services");

test("every image that a system names can be built here, but Grafana's, and nothing else can", () => {
  const named = Object.values(systems).flatMap((system) =>
    Object.values(rowsOf(system)).flatMap(({ image, developmentImage = image }) => [image, developmentImage]),
  );
  const wanted = new Set(
    [entryRow.image, filesImage, probeImage, resticImage, ...named].flatMap(withParents),
  );
  wanted.delete("grafana/grafana:11.6.0");
  assert.deepEqual(Object.keys(recipes).sort(), [...wanted].sort());
});

test("every recipe's Dockerfile starts from the image the recipe names", async () => {
  for (const [name, recipe] of Object.entries(recipes)) {
    await access(join(imagesFolder, recipe.folder));
    if (recipe.kind !== "dockerfile") continue;
    const text = await readFile(join(imagesFolder, recipe.folder, "Dockerfile"), "utf8");
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    assert.ok(
      bases.every((image) => image === recipe.parent || image === "scratch"),
      `${name}: from ${bases.join(", ")}`,
    );
    assert.equal(/^LABEL berth.standin=true$/m.test(text), !recipe.ours, `${name}: label berth.standin`);
  }
});

test("a kind's recipes say folder, parent and what is added, and nothing else", () => {
  for (const kind of readdirSync(servicesFolder)) {
    const file = join(servicesFolder, kind, "recipes.json");
    if (!existsSync(file)) continue;
    for (const [image, recipe] of Object.entries(JSON.parse(readFileSync(file, "utf8")) as object)) {
      assert.deepEqual(wrongIn(recipe as Record<string, unknown>), [], `${kind}: ${image}`);
    }
  }
  const wrong = { folder: "redis", parents: "redis:7", adds: "sever", ours: true };
  assert.deepEqual(wrongIn(wrong), ["parents", "adds", "ours", "parent"]);
});

/** Keys of a recipe that are unknown, wrong or missing. */
function wrongIn(recipe: Record<string, unknown>): string[] {
  const right: Record<string, (value: unknown) => boolean> = {
    folder: (value) => typeof value === "string",
    parent: (value) => typeof value === "string" && value in recipes,
    adds: (value) => ["pages", "packages", "server", "watcher", "client", "restic"].includes(String(value)),
  };
  const wrong = Object.entries(recipe).filter(([key, value]) => right[key]?.(value) !== true);
  return [...wrong.map(([key]) => key), ...["folder", "parent"].filter((key) => !(key in recipe))];
}

test("a folder's hash follows names and contents and ignores what tools leave behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "berth-hash-"));
  try {
    await writeFile(join(folder, "a"), "1");
    const first = await hashFolder(folder);
    await mkdir(join(folder, "node_modules"));
    await writeFile(join(folder, "node_modules", "x"), "x");
    assert.equal(await hashFolder(folder), first);
    await writeFile(join(folder, "a"), "2");
    const second = await hashFolder(folder);
    await rm(join(folder, "a"));
    await writeFile(join(folder, "b"), "2");
    const third = await hashFolder(folder);
    assert.equal(new Set([first, second, third]).size, 3);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("another parent makes another recipe: the genuine one, or a stand-in", async () => {
  const alone = await new RecipeHashes(new FakeDocker()).hashOf("berth/reference-app:1");
  const genuine = new FakeDocker().has("python:3.11-slim");
  assert.notEqual(await new RecipeHashes(genuine).hashOf("berth/reference-app:1"), alone);
  const standIn = new FakeDocker().has("python:3.11-slim", { "berth.standin": "true" });
  assert.equal(await new RecipeHashes(standIn).hashOf("berth/reference-app:1"), alone);
});

test("a limit holds, and a failed task gives its place on", async () => {
  const two = limit(2);
  let running = 0;
  let most = 0;
  const task = async (): Promise<void> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    throw new Error("failed");
  };
  await Promise.allSettled(Array.from({ length: 7 }, () => two(task)));
  assert.deepEqual({ most, running }, { most: 2, running: 0 });
});

/** An image and those it is built from. */
function withParents(image: string): string[] {
  const recipe = recipes[image];
  return recipe?.kind === "dockerfile" ? [image, ...withParents(recipe.parent)] : [image];
}

test("what runs a system's process says so, for all that is made of it", async () => {
  for (const name of ["berth/reference-app:1", "berth/front-end:1", "berth/front-end-dev:1"]) {
    const recipe = recipes[name];
    assert.ok(recipe);
    const dockerfile = await readFile(join(imagesFolder, recipe.folder, "Dockerfile"), "utf8");
    const last = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
    assert.match(last, /^LABEL berth\.process=system$/m, name);
  }
});
