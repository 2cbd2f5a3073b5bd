import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const page = readFileSync(join(import.meta.dirname, "../../docs/bring-your-images.md"), "utf8");

/** Each stack file of docs/bring-your-images.md, with the title of its section. */
export const stackFiles = [...page.matchAll(/^## (.+?)\n(.*?)(?=^## |$(?![^]))/gms)].flatMap(
  ([, title = "", section = ""]) =>
    [...section.matchAll(/```yaml\n(config:.*?)```/gs)].map(([, text = ""]) => ({ title, text })),
);

/** What the stack file of a section says, with images that are here in the place of those it names. */
export function documented(title: string, images: Readonly<Record<string, string>>): Record<string, unknown> {
  const found = stackFiles.filter((file) => file.title === title);
  assert.equal(found.length, 1, `docs/bring-your-images.md must have one stack file below "${title}"`);
  const text = Object.entries(images).reduce(
    (whole, [name, here]) => whole.replaceAll(`registry.example/${name}:1`, here),
    found[0]?.text ?? "",
  );
  assert.doesNotMatch(text, /registry\.example/, "each image must have one that is here");
  return (parse(text) as { config: Record<string, unknown> }).config;
}
