/** Where images of earlier releases have names that mean them for good; no registry has any. */
const prefix = "berth-release/";

/** The name under which the machines of a service keep an image, by its id. */
export function releaseImage(service: string, id: string): string {
  const name = service
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${prefix}${name || "service"}:${shortId(id)}`;
}

/** Whether only the machines that ran an image have it. */
export function isReleaseImage(reference: string): boolean {
  return reference.startsWith(prefix);
}

/** `sha256:0123456789ab…` as people read it, of a reference by digest too. */
export function shortId(id: string): string {
  return id.slice(id.lastIndexOf(":") + 1).slice(0, 12);
}
