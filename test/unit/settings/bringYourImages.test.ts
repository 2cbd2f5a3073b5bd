import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { settingsFrom } from "../../../settings.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/bring-your-images.md"), "utf8");
const files = [...page.matchAll(/^## (.+?)\n.*?```yaml\n(.*?)```/gms)].map(([, title = "", text = ""]) => ({
  title,
  text,
}));

describe("each stack file of docs/bring-your-images.md", () => {
  it("is found", () => {
    expect(files.map(({ text }) => text.startsWith("config:"))).toEqual(
      Array.from({ length: 5 }, () => true),
    );
  });
  for (const { title, text } of files)
    it(`is one that settings take: ${title}`, async () => {
      const { config } = parse(text) as { config: Record<string, unknown> };
      const plain = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace(/^berth:/, ""), value]),
      );
      const { services } = await settingsFrom(plain, "/");
      const [name = "", image] = Object.entries(plain.images as Record<string, string>)[0] ?? [];
      expect(services[name]).toMatchObject({ image, candidate: expect.anything() as unknown });
    });
});
