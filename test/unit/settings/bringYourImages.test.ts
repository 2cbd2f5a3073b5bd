import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { settingsFrom } from "../../../settings.ts";

/** The folder that one of them builds of. */
const folder = mkdtempSync(join(tmpdir(), "berth-stack-"));
const build = join(folder, "backend/deploy");
mkdirSync(build, { recursive: true });
writeFileSync(join(build, "Dockerfile"), "FROM scratch\n");
writeFileSync(join(folder, "npmrc"), "");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const page = readFileSync(join(import.meta.dirname, "../../../docs/bring-your-images.md"), "utf8");
const files = [...page.matchAll(/^## (.+?)\n.*?```yaml\n(.*?)```/gms)].map(([, title = "", text = ""]) => ({
  title,
  text,
}));

describe("each stack file of docs/bring-your-images.md", () => {
  it("is found", () => {
    expect(files.map(({ text }) => text.startsWith("config:"))).toEqual(
      Array.from({ length: 6 }, () => true),
    );
  });
  for (const { title, text } of files)
    it(`is one that settings take: ${title}`, async () => {
      const { config } = parse(text.replace("~/.npmrc", "../npmrc")) as { config: Record<string, unknown> };
      const plain = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace(/^berth:/, ""), value]),
      );
      const { services } = await settingsFrom(plain, join(folder, "stack"));
      const [name = "", image] = Object.entries(plain.images as Record<string, unknown>)[0] ?? [];
      const wanted =
        typeof image === "string" ? image : (expect.stringMatching(/^ghcr\.io\/acme\/backend:[0-9a-f]{16}$/) as unknown);
      expect(services[name]).toMatchObject({ image: wanted, candidate: expect.anything() as unknown });
    });
});
