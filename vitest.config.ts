import { basename } from "node:path";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { sideBySide } from "./test/live/sideBySide.ts";
import { places } from "./test/tools/locks.ts";
import { quickNode } from "./test/tools/quickNode.ts";

const minute = 60_000;

/** Files that may run side by side before those that run alone, so that there are some to do so. */
class SideBySideFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = sideBySide.indexOf(basename(moduleId));
      return place < 0 ? sideBySide.length : place;
    };
    const byName = files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
    return Promise.resolve(byName.sort((a, b) => rank(a) - rank(b)));
  }
}

/** A project a suite. Each file gets a process of its own, because Pulumi's runtime is global. */
export default defineConfig({
  test: {
    pool: "forks",
    execArgv: [...quickNode],
    setupFiles: ["test/tools/lateClosures.ts"],
    sequence: { sequencer: SideBySideFirst },
    reporters: ["./test/tools/reporter.ts"],
    projects: [
      suite("unit", { testTimeout: minute, hookTimeout: minute, maxWorkers: 2 }),
      suite("program", { testTimeout: minute, hookTimeout: minute, maxWorkers: 2 }),
      suite("live", {
        // Each waits for its turn, test/tools/turn.ts.
        maxWorkers: places.length,
        // What collects no garbage saves a fifth of each start of the engine, its plugins and docker, all of which are short.
        env: { GOGC: "off", GOMEMLIMIT: "1GiB" },
        setupFiles: ["test/tools/turn.ts"],
        sequence: { groupOrder: 1 },
        testTimeout: 15 * minute,
        // The first hook makes tools and images where nothing has before, from their sources if need be.
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
