import { join } from "node:path";
import type Dockerode from "dockerode";
import { withLock } from "../lock.ts";
import type { Progress, Step } from "../progress.ts";
import type { GivenLogins } from "../../lib/logins.ts";
import { loginsFor, refusal, type FindLogin } from "./auth.ts";
import { buildImage } from "./build.ts";
import { cacheFolder } from "./cache.ts";
import { forget, inspectImage, reasonOf, type Present } from "./engine.ts";
import { limit } from "./limit.ts";
import { pull, type Registries } from "./pull.ts";
import { RecipeHashes } from "./recipeHashes.ts";
import { isBuiltHere, recipes, type Recipe } from "./recipes.ts";
import { mirrorNames, parseReference, plainName } from "../../lib/reference.ts";

export interface ImageOptions {
  mirror?: string;
  /** What settings say to log in with. @default what Docker has stored */
  logins?: GivenLogins;
  docker: Dockerode;
}

/** One way to come by an image: what to say when it worked, and the work. */
type Way = [verb: string, work: (step: Step) => Promise<void>];

/** One call of ensureImages: what it learned about registries and which images it has already seen to. */
export class ImageRun {
  private readonly registries: Registries = new Map();
  private readonly work = new Map<string, Promise<void>>();
  private readonly hashes: RecipeHashes;
  private readonly login: FindLogin;
  private readonly pulls = limit(4);
  private readonly builds = limit(2);

  constructor(
    private readonly progress: Progress,
    private readonly options: ImageOptions,
  ) {
    this.hashes = new RecipeHashes(options.docker);
    this.login = loginsFor(options.logins);
  }

  /** Each image once, however many others are built from it. */
  ensure(reference: string): Promise<void> {
    const name = plainName(parseReference(reference));
    const known = this.work.get(name);
    if (known !== undefined) return known;
    const work = this.one(name);
    this.work.set(name, work);
    return work;
  }

  private async one(name: string): Promise<void> {
    const present = await inspectImage(this.options.docker, name);
    const step = this.progress.step(`image ${name}`);
    if (await this.isCurrent(name, present)) {
      step.skip("present");
      return;
    }
    const started = Date.now();
    const failures: string[] = [];
    for (const [verb, work] of this.ways(name, present)) {
      try {
        await work(step);
        step.done(`${verb} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
        return;
      } catch (error) {
        failures.push(reasonOf(error));
        step.note(reasonOf(error));
      }
    }
    const recipe = recipes[name];
    if (recipe === undefined) failures.push("it isn't in Docker either, and Berth builds none of that name");
    const reasons = failures.join("; ");
    if (present !== undefined && !isBuiltHere(recipe)) {
      step.done(`kept as it was: ${reasons}`);
      return;
    }
    step.fail(reasons);
    throw new Error(`image "${name}": could not be had: ${reasons}`);
  }

  /** An image that we didn't build is the genuine one, or the user's own: it is what they want. */
  private async isCurrent(name: string, present: Present | undefined): Promise<boolean> {
    if (present === undefined) return false;
    const recipe = recipes[name];
    if (recipe === undefined) return true;
    if (present.recipe === undefined) return !isBuiltHere(recipe);
    return present.recipe === (await this.hashes.hashOf(name));
  }

  private ways(name: string, present: Present | undefined): Way[] {
    const ways: Way[] = [];
    const recipe = recipes[name];
    // A stand-in that has to be rebuilt was built because nothing could be pulled.
    if (present === undefined && !isBuiltHere(recipe)) {
      ways.push(["pulled", (step) => this.pulls(() => this.pull(name, step))]);
      if (this.options.mirror !== undefined)
        ways.push(["pulled from the mirror", (step) => this.pulls(() => this.fromMirror(name, step))]);
    }
    if (recipe !== undefined) ways.push(["built", (step) => this.build(name, recipe, step)]);
    return ways;
  }

  private async pull(name: string, step: Step): Promise<void> {
    step.note("pulling");
    const { registry } = parseReference(name);
    const login = await this.login(registry);
    try {
      await pull(this.options.docker, name, this.registries, login?.credentials, (text) => {
        step.note(text);
      });
    } catch (error) {
      throw new Error(refusal(registry, login, reasonOf(error)), { cause: error });
    }
  }

  private async fromMirror(name: string, step: Step): Promise<void> {
    const { mirror = "" } = this.options;
    const reference = parseReference(name);
    // Docker has no way to give a pulled image another name with a digest.
    if (reference.digest !== undefined)
      throw new Error("mirror: can only stand in for a tag, not for a digest");
    const reasons = new Set<string>();
    for (const mirrored of mirrorNames(reference, mirror)) {
      try {
        await this.pull(mirrored, step);
        const colon = name.lastIndexOf(":");
        const tagged = { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
        await this.options.docker.getImage(mirrored).tag(tagged);
        return;
      } catch (error) {
        reasons.add(reasonOf(error));
      }
    }
    throw new Error(`mirror: ${[...reasons].join(", ")}`);
  }

  private async build(name: string, recipe: Recipe, step: Step): Promise<void> {
    const note = (text: string): void => {
      step.note(text);
    };
    if (recipe.kind === "dockerfile") {
      note(`waiting for ${recipe.parent}`);
      await this.ensure(recipe.parent).catch(() => {
        throw new Error(`build: ${recipe.parent} could not be had`);
      });
    }
    this.hashes.forget(name);
    const lock = join(cacheFolder, "images", `${name.replaceAll(/[^a-z0-9.]+/gi, "-")}.lock`);
    const waiting = (): boolean => {
      note("waiting for another run that builds it");
      return false;
    };
    await withLock(lock, waiting, () => this.builds(() => this.buildUnlessCurrent(name, recipe, note)));
  }

  /** The other run that held the lock may have built just this. */
  private async buildUnlessCurrent(name: string, recipe: Recipe, note: (text: string) => void) {
    const { docker } = this.options;
    const previous = await inspectImage(docker, name);
    if (await this.isCurrent(name, previous)) return;
    try {
      await buildImage(docker, name, recipe, await this.hashes.hashOf(name), note);
    } catch (error) {
      throw new Error(`build: ${reasonOf(error)}`, { cause: error });
    }
    if (previous !== undefined) await forget(docker, previous.id);
  }
}
