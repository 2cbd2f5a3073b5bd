import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

/** Moves all that is in a folder aside, without the folder itself, which may be mounted; `back` brings it again. */
export async function emptied(folder: string): Promise<{ back: () => Promise<void> }> {
  const aside = `${folder}.aside`;
  await mkdir(aside);
  await moveAll(folder, aside);
  return {
    back: async () => {
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
      await moveAll(aside, folder);
      await rm(aside, { recursive: true });
    },
  };
}

async function moveAll(source: string, target: string): Promise<void> {
  for (const name of await readdir(source)) await rename(join(source, name), join(target, name));
}
