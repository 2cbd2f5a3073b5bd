import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How an image comes about on this machine. Folders are below `images/`. */
export type Recipe =
  | { kind: "rootfs"; suite: string; folder: string }
  | {
      kind: "dockerfile";
      folder: string;
      /** The image its Dockerfile starts from. */
      parent: string;
      /** Ours exists nowhere else, so it is never pulled; a stand-in is built only when the original can't be had. */
      ours: boolean;
      /** What this machine makes first and puts into the build's context, as a folder of that name. */
      adds?: "pages" | "packages" | "server" | "watcher" | "client" | "restic";
    };

/** One of a kind's `recipes.json`. */
type StandIn = Omit<Extract<Recipe, { kind: "dockerfile" }>, "kind" | "ours">;

const standIn = { kind: "dockerfile", ours: false } as const;
const own = { kind: "dockerfile", ours: true } as const;

/** Those of no kind of service: what others start from, and what applications run. */
const general: Record<string, Recipe> = {
  "berth/base:bookworm": { kind: "rootfs", suite: "bookworm", folder: "base" },
  "berth/base:forky": { kind: "rootfs", suite: "forky", folder: "base" },
  "busybox:1.37-musl": { ...standIn, folder: "busybox", parent: "berth/base:bookworm" },
  "python:3.11-slim": { ...standIn, folder: "python", parent: "berth/base:bookworm" },
  "node:22-slim": { ...standIn, folder: "node", parent: "berth/base:bookworm", adds: "packages" },
  "berth/reference-app:1": { ...own, folder: "reference-app", parent: "python:3.11-slim", adds: "pages" },
  "berth/front-end:1": { ...own, folder: "front-end/server", parent: "nginx:1.30", adds: "pages" },
  "berth/front-end-dev:1": { ...own, folder: "front-end", parent: "node:22-slim" },
};

const services = fileURLToPath(new URL("../../services", import.meta.url));

/** Every image that can be built here, by its name. */
export const recipes: Readonly<Record<string, Recipe>> = { ...general, ...ofKinds() };

/** The stand-ins that each kind of service names in its own folder, from Debian's packages. */
function ofKinds(): Record<string, Recipe> {
  const found = readdirSync(services).flatMap((kind) => {
    const file = join(services, kind, "recipes.json");
    if (!existsSync(file)) return [];
    return Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, StandIn>);
  });
  return Object.fromEntries(found.map(([image, recipe]) => [image, { ...standIn, ...recipe }]));
}

export function isBuiltHere(recipe: Recipe | undefined): recipe is Recipe {
  return recipe !== undefined && (recipe.kind === "rootfs" || recipe.ours);
}
