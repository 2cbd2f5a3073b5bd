/** Where images that are built of an owner's source have their names; no registry has any. */
const prefix = "berth-source/";

/** The name of an image that is built of a folder; `hash` is of all that it is made of. */
export function sourceImage(folder: string, hash: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${prefix}${name || "source"}:${hash}`;
}

/** Whether an image is built of an owner's source, on the machine that brings the stack up. */
export function isSourceImage(reference: string): boolean {
  return reference.startsWith(prefix);
}
