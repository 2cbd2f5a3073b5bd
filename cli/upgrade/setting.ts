import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Refusal } from "../refusal.ts";
import { replaceFile } from "../replaceFile.ts";
import type { Session } from "../session.ts";
import { override } from "../stackFile/overrides.ts";
import { documentOf, textOf } from "../stackFile/written.ts";

/** A stack file's text with this image of a service; comments, what is encrypted and everything else stay as written. */
export function withImage(text: string, name: string, service: string, image: string): string {
  const document = documentOf(text, name);
  override(document, { path: ["images", service], value: image }, {}, name);
  return textOf(document);
}

/** The file that is to have it. Throws {@link Refusal}. */
export function fileOf({ stack: { name, file } }: Session, service: string): string {
  if (file !== undefined) return file;
  throw new Refusal([
    `stack "${name}": must have a file Pulumi.${name}.yaml for images.${service}, got none; write one`,
  ]);
}

export async function writeImage(session: Session, service: string, image: string): Promise<void> {
  const file = fileOf(session, service);
  await replaceFile(file, withImage(await readFile(file, "utf8"), basename(file), service, image));
  session.output.say(`${basename(file)}: images.${service} ${image}`);
}
