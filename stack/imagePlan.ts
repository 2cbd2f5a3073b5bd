import { isReleaseImage } from "../lib/releaseImage.ts";
import { isSourceImage } from "../lib/sourceImage.ts";
import { parseReference, plainName } from "../lib/reference.ts";
import { isBuiltHere, recipes } from "../toolchain/images/recipes.ts";
import { byDigest, digestFor, lockName, type Locked } from "../toolchain/registry/lockFile.ts";

/** What decides which image a reference stands for. */
export interface ImageFacts {
  /** Images of this machine's Docker Engine, by each of their names; undefined where no engine answers. */
  present: ReadonlyMap<string, string> | undefined;
  /** Digests that `berth lock` wrote down. */
  locked: Locked;
  /** Images that are built here, and that other machines pull by a name that says what of. @default none */
  pushed?: ReadonlySet<string>;
  /** Containers run on this machine's Docker Engine. */
  thisMachine: boolean;
  /** The machine is one that Berth makes, and it reaches registries by itself. */
  made: boolean;
  /** Nothing is done yet, and what isn't known may stay so. */
  preview: boolean;
}

/** The image is here, or the machine pulls it, or it is known once `up` has built it, or nobody has it. */
export type ImagePlan = { id: string } | { pull: string } | { later: true } | { problem: string };

/**
 * What a machine runs for a reference. A digest, its own or the one that is locked, decides alone: the machine pulls
 * it, and who plans from where doesn't matter. A tag without one is what this machine's engine has under it, by id,
 * which another machine is sent; else what it means to the machine that pulls it.
 */
export function planImage(reference: string, facts: ImageFacts): ImagePlan {
  const { locked, thisMachine, preview, pushed } = facts;
  const digest = digestFor(reference, locked);
  if (digest !== undefined) {
    const here = thisMachine ? (idOf(digest, facts) ?? idUnder(reference, facts)) : undefined;
    return here === undefined ? { pull: pullName(reference, digest) } : { id: here };
  }
  const isPushed = pushed?.has(reference) === true;
  if (isPushed && !thisMachine) return { pull: reference };
  const here = idUnder(reference, facts);
  if (here !== undefined) return { id: here };
  const built = isPushed || isBuiltHere(recipes[nameOf(reference)]) || isSourceImage(reference);
  if (!thisMachine && !built) return { pull: reference };
  if (preview) return { later: true };
  const fix = built
    ? "run berth up, which builds it, or name one of your own in berth:images"
    : "run berth up, or docker pull it";
  return { problem: `images: must be on this machine, got no "${reference}" here; ${fix}` };
}

/** Whether a machine will have an image: what the system can do without is left out where it won't. */
export function hasImage(reference: string, facts: ImageFacts): boolean {
  const { present, locked, thisMachine, made, preview } = facts;
  const isPulled = facts.pushed?.has(reference) === true && !thisMachine;
  if (isPulled || "id" in planImage(reference, facts)) return true;
  if (parseReference(reference).digest !== undefined) return true;
  // Without an engine nobody has looked, and a run does.
  if (preview && present === undefined) return true;
  return !thisMachine && (made || digestFor(reference, locked) !== undefined);
}

/** What a plan can't promise of a stack's images, and what would change that. */
export function imageWarnings(references: readonly string[], facts: ImageFacts): string[] {
  const byTag = references.filter((reference) => {
    const plan = planImage(reference, facts);
    const lasts = facts.pushed?.has(reference) === true || isReleaseImage(reference);
    const changes = !lasts && digestFor(reference, facts.locked) === undefined;
    return "pull" in plan && changes;
  });
  const later = references.filter((reference) => "later" in planImage(reference, facts));
  const others = references.flatMap((reference) => otherThanLocked(reference, facts) ?? []);
  return [
    ...others,
    ...(byTag.length === 0
      ? []
      : [
          `images: ${byTag.join(", ")} aren't in ${lockName}, so the machine takes what they mean by then; berth lock`,
        ]),
    ...(later.length === 0 ? [] : [`images: ${later.join(", ")} aren't here yet, and known after berth up`]),
  ];
}

/** This machine goes on with what it has, and says so. */
function otherThanLocked(reference: string, facts: ImageFacts): string | undefined {
  const digest = digestFor(reference, facts.locked);
  if (!facts.thisMachine || digest === undefined || idOf(digest, facts) !== undefined) return undefined;
  const id = idUnder(reference, facts);
  if (id === undefined) return undefined;
  return `images: ${reference} must be ${digest}, as ${lockName} says, got image ${id} on this machine; docker pull ${byDigest(reference, digest)}, or berth lock for what its tag means now`;
}

/** The image that a reference stands for, where this machine's engine has it. */
export function idHere(reference: string, facts: ImageFacts): string | undefined {
  const digest = digestFor(reference, facts.locked);
  const exact = digest === undefined ? undefined : idOf(digest, facts);
  // A machine pulls what is locked, whatever a tag means here.
  return digest === undefined || facts.thisMachine ? (exact ?? idUnder(reference, facts)) : exact;
}

/** A digest names the same image under every name. */
function idOf(digest: string, { present }: ImageFacts): string | undefined {
  return [...(present ?? [])].find(([name]) => name.endsWith(`@${digest}`))?.[1];
}

/** What a tag means to this machine's engine; nothing for a reference by digest. */
function idUnder(reference: string, { present }: ImageFacts): string | undefined {
  if (parseReference(reference).digest !== undefined) return undefined;
  return present?.get(nameOf(reference));
}

function nameOf(reference: string): string {
  return plainName(parseReference(reference));
}

function pullName(reference: string, digest: string): string {
  return parseReference(reference).digest === undefined ? byDigest(reference, digest) : reference;
}
