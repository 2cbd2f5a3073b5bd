import assert from "node:assert/strict";
import fc from "fast-check";
import { afterAll, beforeAll, test } from "vitest";
import { hostKinds, kindNamed } from "../../components/hosts/registry.ts";
import { checkSettings } from "../../cli/preflight/settings.ts";
import { testCa, type TestCa } from "../tools/certificates.ts";
import { configs, namedSystems, type Generated, type Named } from "./fuzz/configs.ts";
import { graphProblems } from "./fuzz/graphs.ts";
import { policyProblems, publishedProblems } from "./fuzz/policy.ts";
import { marker, poolWith } from "./fuzz/pool.ts";
import { placesIn, placesOf, unreached } from "./fuzz/reach.ts";
import { limits, runs, seed, timeout } from "./fuzz/runs.ts";
import type { Pool } from "./fuzz/values.ts";
import { fileVerdict, fitVerdict, isOfZones, programVerdict, readAs, stackProgram } from "./fuzz/verdicts.ts";

let ca: TestCa;
let pool: Pool;
let named: Named;
let all: fc.Arbitrary<Generated>;

/** `path: rule, got value`, or what else is known; without whatever breaks a line or a terminal. */
const form = /^(?=.{1,2000}$)\S.*: .*\b(?:must .+|unknown key.*)$/u;

beforeAll(async () => {
  ca = await testCa();
  const { certificate, key } = await ca.issue(["example.org", "*.example.org"]);
  pool = poolWith({ certificate: certificate + ca.intermediate + ca.root, key }, ca.root);
  named = await namedSystems();
  all = configs(pool, named);
});
afterAll(() => ca.close());

/** What no system of one kind or another takes: of a service that stays, of one without an administrator. */
const refused = ["placement.*", "superuser"];

test("at each place of the settings there is a value that is tried and fits", () => {
  const left = named.flatMap(([, system]) => hostKinds.flatMap((kind) => unreached(system, kind, pool)));
  assert.deepEqual([...new Set(left)].sort(), refused, "the pool lacks a value that it takes");
});

test(
  "the command line and plain pulumi say the same of any config, in one line a problem, and no secret",
  { timeout },
  async (context) => {
    let [tried, accepted] = [0, 0];
    const places = new Set<string>();
    const check = async (generated: Generated): Promise<void> => {
      const problems = await fileVerdict(generated);
      assert.deepEqual((await programVerdict(generated)).verdict, problems);
      for (const line of problems) {
        assert.match(line, form);
        assert.doesNotMatch(line, /\p{Cc}/u);
        assert.ok(!line.includes(marker), line);
      }
      tried++;
      if (problems.length > 0) return;
      accepted++;
      for (const place of spoken(generated)) places.add(place);
    };
    await fc.assert(fc.asyncProperty(all, check), { numRuns: runs(250), seed, ...limits });
    const there = named.flatMap(([, system]) => hostKinds.flatMap((kind) => placesOf(system, kind)));
    const left = [...new Set(there)].filter((place) => !places.has(place));
    await context.annotate(
      `seed ${seed}: ${accepted} of ${tried} configs accepted; in none of those ${left.length} of ${new Set(there).size} places: ${left.join(", ")}`,
    );
    assert.ok(accepted > tried / 4, "too few are accepted to say much");
  },
);

/** Where an accepted config says something. */
function spoken({ config }: Generated): string[] {
  const system = named.find(([name]) => name === config.system)?.[1];
  const kind = kindNamed((config.host as { kind?: unknown } | undefined)?.kind);
  return system === undefined || kind === undefined ? [] : placesIn(config, system, kind);
}

test(
  "each config that is accepted yields a graph that an engine and Docker take, with no secret in plain sight and nothing that the policy pack forbids",
  { timeout },
  async (context) => {
    let graphs = 0;
    const check = async (generated: Generated): Promise<void> => {
      const { settings } = await checkSettings(readAs(generated));
      if (settings === undefined) return;
      const { verdict, graph } = await programVerdict(generated, stackProgram);
      // What a store of secrets answers isn't a setting's.
      if (verdict.some((line) => line.includes("must be readable in")) || isOfZones(verdict)) return;
      assert.deepEqual(verdict, await fitVerdict(generated));
      // What doesn't fit is refused before anything is made.
      if (verdict.length > 0) {
        assert.deepEqual(graph.resources.slice(1), [], "more than the stack");
        return;
      }
      const problems = [
        ...graphProblems(graph),
        ...policyProblems(graph, settings),
        ...publishedProblems(graph, settings),
      ];
      assert.deepEqual(problems, []);
      graphs++;
    };
    await fc.assert(fc.asyncProperty(all, check), { numRuns: runs(20), seed, ...limits });
    await context.annotate(`seed ${seed}: ${graphs} graphs`);
  },
);
