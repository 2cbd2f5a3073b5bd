import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { settingsFrom } from "../../../settings.ts";
import { stackFiles } from "../../tools/page.ts";

/** The folder that one of them builds of. */
const folder = mkdtempSync(join(tmpdir(), "berth-stack-"));
const build = join(folder, "backend/deploy");
mkdirSync(build, { recursive: true });
writeFileSync(join(build, "Dockerfile"), "FROM scratch\n");
writeFileSync(join(folder, "npmrc"), "");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("each stack file of docs/bring-your-images.md", () => {
  it("is found", () => {
    expect(stackFiles.map(({ title }) => title)).toEqual([
      "ATTN",
      "VRU",
      "ARV",
      "DocsAI",
      "LOC8",
      "FastAPI as root, with a log beside its source",
      "An API with names of its own for its database, and files",
      "A front end in nginx, on port 80",
      "One static program and nothing else",
      "Built from source",
    ]);
  });
  for (const { title, text } of stackFiles)
    it(`is one that settings take: ${title}`, async () => {
      const { config } = parse(text.replace("~/.npmrc", "../npmrc")) as { config: Record<string, unknown> };
      const plain = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace(/^berth:/, ""), value]),
      );
      const { services } = await settingsFrom(plain, join(folder, "stack"));
      const [name = "", image] = Object.entries(plain.images as Record<string, unknown>)[0] ?? [];
      const wanted =
        typeof image === "string"
          ? image
          : (expect.stringMatching(/^ghcr\.io\/acme\/backend:[0-9a-f]{16}$/) as unknown);
      expect(services[name]).toMatchObject({ image: wanted, candidate: expect.anything() as unknown });
    });
});
