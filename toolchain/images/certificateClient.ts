import { chmod, cp, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { builtFolder, has } from "../cache.ts";
import type { Tool } from "../tools.ts";
import { built } from "./servers.ts";
import { copySources, imagesFolder } from "./sources.ts";
import { inWorkFolder } from "./workFolder.ts";

const legoModule = "github.com/go-acme/lego/v5";

const lego: Tool = {
  name: "lego",
  title: "lego",
  version: "5.6.0",
  folder: join(imagesFolder, "lego"),
  build: ["-ldflags", "-s -w", legoModule],
  file: join("client", "lego"),
};

/**
 * lego for the stand-in of its image: a folder with `lego`, built once from its Go module (a minute of one core). All
 * of its two hundred providers of DNS would be half a gigabyte of modules, some of which not every module proxy has.
 */
export async function certificateClient(note: (text: string) => void): Promise<string> {
  if (has(builtFolder(lego), lego)) return dirname(join(builtFolder(lego), lego.file));
  return inWorkFolder(async (prepared) => {
    await copySources(lego.folder, prepared);
    note("downloading Go modules");
    const target = join(prepared, "lego");
    await cp(await moduleFolder(), target, { recursive: true });
    await makeWritable(target);
    await cp(
      join(prepared, "providers", "providers.go"),
      join(target, "providers", "dns", "zz_gen_dns_providers.go"),
    );
    return built({ ...lego, prepared }, note);
  });
}

/** Where Go's own cache has the module. */
async function moduleFolder(): Promise<string> {
  const module = `${legoModule}@v${lego.version}`;
  // Outside of any module, so that no other go.mod has a say.
  const { stdout } = await execa("go", ["mod", "download", "-json", module], {
    cwd: "/",
    env: { GOWORK: "off" },
  });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

/** Go's cache is read-only, and what is copied from it too. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
