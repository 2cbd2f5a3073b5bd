import assert from "node:assert/strict";
import fc from "fast-check";
import { afterAll, beforeAll, test } from "vitest";
import { settings } from "../../settings/schema.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { configs, fits, type Generated } from "./fuzz/configs.ts";
import { graphProblems } from "./fuzz/graphs.ts";
import { marker, poolWith } from "./fuzz/pool.ts";
import { runs, seed } from "./fuzz/runs.ts";
import type { Pool } from "./fuzz/values.ts";
import { fileVerdict, fitVerdict, programVerdict, stackProgram } from "./fuzz/verdicts.ts";

let ca: TestCa;
let pool: Pool;
let all: fc.Arbitrary<Generated>;

/** `path: rule, got value`, or what else is known; without whatever breaks a line or a terminal. */
const form = /^(?=.{1,2000}$)\S.*: .*\b(?:must .+|unknown key.*)$/u;

/** Milliseconds, for longer runs too. */
const timeout = 180_000 + 2_000 * runs(0);

beforeAll(async () => {
  ca = await testCa();
  const { certificate, key } = await ca.issue(["example.org", "*.example.org"]);
  pool = poolWith({ certificate: certificate + ca.intermediate + ca.root, key }, ca.root);
  all = configs(pool);
});
afterAll(() => ca.close());

test("of each setting there is a value that is tried and fits", () => {
  const left = Object.keys(settings).filter((key) => !fits(key, pool));
  assert.deepEqual(left, [], "the pool lacks a value that it takes");
});

test(
  "the command line and plain pulumi say the same of any config, in one line a problem, and no secret",
  { timeout },
  async () => {
    const check = async (generated: Generated): Promise<void> => {
      const problems = await fileVerdict(generated);
      assert.deepEqual((await programVerdict(generated)).verdict, problems);
      for (const line of problems) {
        assert.match(line, form);
        assert.doesNotMatch(line, /\p{Cc}/u);
        assert.ok(!line.includes(marker), line);
      }
    };
    await fc.assert(fc.asyncProperty(all, check), { numRuns: runs(250), seed });
  },
);

test(
  "each config that is accepted yields a graph that an engine and Docker take, with no secret in plain sight",
  { timeout },
  async () => {
    const check = async (generated: Generated): Promise<void> => {
      fc.pre((await fileVerdict(generated)).length === 0);
      const { verdict, graph } = await programVerdict(generated, stackProgram);
      assert.deepEqual(verdict, await fitVerdict(generated));
      // What doesn't fit is refused before anything is made.
      if (verdict.length > 0) assert.deepEqual(graph.resources.slice(1), [], "more than the stack");
      else assert.deepEqual(graphProblems(graph), []);
    };
    await fc.assert(fc.asyncProperty(all, check), { numRuns: runs(8), seed });
  },
);
