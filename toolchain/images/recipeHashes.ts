import { createHash } from "node:crypto";
import { join } from "node:path";
import type Dockerode from "dockerode";
import { inspectImage } from "./engine.ts";
import { isBuiltHere, recipes } from "./recipes.ts";
import { hashFolder, imagesFolder } from "./sources.ts";

/** What an image has to carry in its label to be current: a hash of all it is built from. */
export class RecipeHashes {
  private readonly hashes = new Map<string, Promise<string>>();

  constructor(private readonly docker: Dockerode) {}

  /** Of its folder, its parent, and the front end when it carries that. */
  hashOf(name: string): Promise<string> {
    const hash = this.hashes.get(name) ?? this.compute(name);
    this.hashes.set(name, hash);
    return hash;
  }

  /** After its parent may have changed. */
  forget(name: string): void {
    this.hashes.delete(name);
  }

  private async compute(name: string): Promise<string> {
    const recipe = recipes[name];
    if (recipe === undefined) return "";
    const parts = [name, await hashFolder(join(imagesFolder, recipe.folder))];
    if (recipe.kind === "dockerfile") {
      const parent = await inspectImage(this.docker, recipe.parent);
      const genuine =
        parent !== undefined && parent.recipe === undefined && !isBuiltHere(recipes[recipe.parent]);
      parts.push(genuine ? parent.id : await this.hashOf(recipe.parent));
      if (recipe.adds === "pages") parts.push(await hashFolder(join(imagesFolder, "front-end")));
    }
    return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
  }
}
