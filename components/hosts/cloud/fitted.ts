import { createHash } from "node:crypto";

/**
 * A stack's name as a label's value on Google Cloud: lower-case letters, digits, `_` and `-`, at most 63
 * (https://cloud.google.com/compute/docs/labeling-resources#requirements). Pulumi takes capitals and dots too.
 */
export function labelValue(text: string): string {
  return fitted(text, text.toLowerCase().replace(/[^a-z0-9_-]/g, "-"), 63);
}

/**
 * A text as the identifier of a snapshot in RDS: letters, digits and single dashes, a letter first, none last, at most
 * 255 (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html).
 */
export function snapshotIdentifier(text: string): string {
  const dashed = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return fitted(text, dashed.replace(/^[^a-z]+|-$/g, "") || "snapshot", 255);
}

/** What fits stays; what had to be changed gets a piece of its hash, so that no two texts become one. */
function fitted(text: string, fit: string, most: number): string {
  if (fit === text && text.length <= most) return text;
  const mark = markOf(text);
  return `${fit.slice(0, most - mark.length - 1).replace(/-+$/, "")}-${mark}`;
}

/**
 * A text that these parts were joined to by dashes. Where one has a dash itself, as stack `a-b`, others could be joined to
 * the same: then it gets a piece of their hash. All else stays what it was. None of the parts has a `/`.
 */
export function distinct(text: string, parts: readonly string[]): string {
  return parts.some((part) => part.includes("-")) ? `${text}-${markOf(parts.join("/"))}` : text;
}

/** The text without what {@link distinct} gave it; the whole where that is nothing. */
export function indistinct(text: string): string {
  return text.replace(/-[0-9a-f]{8}$/, "");
}

function markOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
