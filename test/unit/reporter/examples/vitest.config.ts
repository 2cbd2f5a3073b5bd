import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["*.example.ts"],
    reporters: [join(import.meta.dirname, "../../../tools/reporter.ts")],
  },
});
