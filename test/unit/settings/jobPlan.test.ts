import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { serviceSettings, type ServiceSettings } from "../../../services/application/serviceSettings.ts";
import { planJobs } from "../../../settings/jobPlan.ts";
import { arv } from "../../../systems/arv.ts";
import type { SystemDefinition } from "../../../systems/define.ts";
import { docsai } from "../../../systems/docsai.ts";
import { loc8 } from "../../../systems/loc8.ts";

const limits = { cpus: 1, memory: 128 };

/** All services of a system, one of them with these settings. */
function plan(system: SystemDefinition, name: string, more: Partial<ServiceSettings>) {
  const services = Object.keys(system.services).map((each) => [
    each,
    serviceSettings(each, { image: "any:1", user: "1:1", limits, ...(each === name && more) }),
  ]);
  const { jobs, instead, gates } = planJobs(
    system,
    Object.fromEntries(services) as Record<string, ServiceSettings>,
  );
  const rows = Object.entries(jobs).map(([job, { command, after = [] }]) => [
    job,
    command.join(" "),
    ...after,
  ]);
  return { jobs, rows, instead, gates: gates[name] };
}

const own = { own: true };

describe("an owner's image", () => {
  test("runs none of the system's jobs, and nothing waits", () => {
    const { rows, instead, gates } = plan(docsai, "app", own);
    assert.deepEqual([rows, gates], [[], []]);
    assert.deepEqual(instead, { "app-check": [], "app-migration": [], "app-static": [] });
  });

  test("runs those of settings one after the other, under the names of the system's", () => {
    const jobs = { seed: ["seed"], static: ["collect"], check: ["check"], migrate: ["migrate"] };
    const { rows, instead, gates } = plan(docsai, "app", { ...own, jobs });
    assert.deepEqual(rows, [
      ["app-check", "check"],
      ["app-migration", "migrate", "app-check"],
      ["app-static", "collect", "app-migration"],
      ["app-seed", "seed", "app-static"],
    ]);
    assert.deepEqual(gates, ["app-seed"]);
    assert.deepEqual(instead, {
      "app-check": ["app-seed"],
      "app-migration": ["app-seed"],
      "app-static": ["app-seed"],
    });
  });

  test("has the volume of the job that its own stands for, beside all that the service has", () => {
    const { jobs } = plan(arv, "app", { ...own, jobs: { static: ["copy"] } });
    const { only, beside } = jobs["app-site"] ?? {};
    assert.deepEqual([only, beside?.map(({ target }) => target)], [undefined, ["/var/www/site"]]);
  });

  test("has jobs where its system has none", () => {
    const { rows, gates } = plan(loc8, "backend", { ...own, jobs: { migrate: ["migrate"] } });
    assert.deepEqual([rows, gates], [[["backend-migrate", "migrate"]], ["backend-migrate"]]);
  });

  test("runs the system's jobs where it runs the system's process", () => {
    const { rows } = plan(docsai, "app", { ...own, process: "system" });
    assert.deepEqual(rows, plan(docsai, "app", {}).rows);
  });
});

describe("any other image", () => {
  test("runs the system's jobs, each with the command that settings give it", () => {
    const { rows, instead, gates } = plan(docsai, "app", { jobs: { migrate: ["custom"] } });
    assert.deepEqual(rows, [
      ["app-check", "python manage.py check --deploy --fail-level ERROR"],
      ["app-migration", "custom", "app-check"],
      ["app-static", "python manage.py collectstatic --noinput", "app-check"],
    ]);
    assert.deepEqual([gates, instead["app-migration"]], [[], ["app-migration"]]);
  });

  test("runs an added check before, and what else is added after them", () => {
    const { rows, gates, instead } = plan(arv, "app", { jobs: { seed: ["seed"], check: ["check"] } });
    assert.deepEqual(
      rows.map(([job, , ...after]) => [job, ...after]),
      [
        ["app-migration", "app-check"],
        ["app-site", "app-check"],
        ["app-check"],
        ["app-seed", "app-check", "app-migration", "app-site"],
      ],
    );
    assert.deepEqual([gates, instead["app-migration"]], [["app-seed"], ["app-migration", "app-seed"]]);
  });
});

test("a job that waits for another service's waits for what stands for it, or for nothing", () => {
  const services = { ...loc8.services };
  const jobs = {
    first: { of: "backend", does: "migrate", command: ["first"] },
    second: { of: "frontend", command: ["second"], after: ["first"] },
  } as const;
  const system = { ...loc8, services, jobs };
  assert.deepEqual(plan(system, "backend", own).rows, [["second", "second"]]);
  const given = { ...own, jobs: { migrate: ["m"], seed: ["s"] } };
  assert.deepEqual(plan(system, "backend", given).jobs.second?.after, ["backend-seed"]);
  // The first of an owner's jobs waits for what the system's waited for.
  const later = plan(system, "frontend", { ...own, jobs: { check: ["c"] } });
  assert.deepEqual(later.jobs["frontend-check"]?.after, ["first"]);
});

test("a job's name is nobody else's", () => {
  const jobs = { "backend-migrate": { of: "frontend", command: ["other"] } };
  const { rows } = plan({ ...loc8, jobs }, "backend", { ...own, jobs: { migrate: ["m"] } });
  assert.deepEqual(
    rows.map(([name]) => name),
    ["backend-migrate-job", "backend-migrate"],
  );
});
