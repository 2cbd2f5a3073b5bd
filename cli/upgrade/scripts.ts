import { readFileSync } from "node:fs";

/** Copies a running server's data for the version whose image it runs in. It says `whole`, and waits for the server's end. */
export function copyScript(): string {
  return ["head", "copy", "compare", "main"].map(part).join("\n");
}

/** Looks at the data of several versions beside one another (`look`), and moves it (`swap NEXT IMAGE`, `drop VERSION`). */
export function shelfScript(): string {
  return part("shelf");
}

function part(name: string): string {
  return readFileSync(new URL(`scripts/${name}.sh`, import.meta.url), "utf8");
}
