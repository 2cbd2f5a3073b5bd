import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const minute = 60_000;

/** A project a suite. Each file gets a process of its own, because Pulumi's runtime is global. */
export default defineConfig({
  test: {
    pool: "forks",
    reporters: ["./test/tools/reporter.ts"],
    projects: [
      suite("unit", { testTimeout: minute, hookTimeout: minute, maxWorkers: 2 }),
      suite("program", { testTimeout: minute, hookTimeout: minute, maxWorkers: 2 }),
      suite("live", {
        // Tests drive one Docker Engine and one set of ports.
        maxWorkers: 1,
        sequence: { groupOrder: 1 },
        testTimeout: 15 * minute,
        // The first hook makes tools and images, from their sources if need be.
        hookTimeout: 60 * minute,
      }),
    ],
  },
});

function suite(
  name: string,
  options: TestProjectInlineConfiguration["test"],
): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include: [`test/${name}/**/*.test.ts`], ...options } };
}
