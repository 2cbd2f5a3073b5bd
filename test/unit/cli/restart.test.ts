import assert from "node:assert/strict";
import { test } from "vitest";
import { agree } from "../../../cli/agree.ts";
import { chosenServices } from "../../../cli/restart/chosen.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { containerType, logicalName, type Checkpoint } from "../../../cli/state/checkpoint.ts";
import { awayText } from "../../../cli/verbs/restart.ts";

function container(name: string, service: string, role = "service") {
  const labels = Object.entries({ "berth.role": role, "berth.service": service });
  return {
    urn: `urn:pulumi:dev::berth::${containerType}::${name}`,
    type: containerType,
    id: name,
    inputs: { labels: labels.map(([label, value]) => ({ label, value })) },
  };
}

const checkpoint = {
  resources: [
    container("api-1", "api"),
    container("api-2", "api"),
    { ...container("api-1", "api"), id: "old", delete: true },
    container("api-migrate", "api", "job"),
    container("files-1", "files"),
    container("postgres", "postgres"),
    container("worker-2", "worker-2"),
  ],
} as unknown as Checkpoint;

const alone = (service: string) => service === "files";
const chosen = (...names: string[]) => {
  const { containers, ...rest } = chosenServices(checkpoint, names, alone);
  return { containers: containers.map(({ urn }) => logicalName(urn)), ...rest };
};

test("without a name all are started anew whose new containers come up beside the old ones", () => {
  assert.deepEqual(chosen(), { containers: ["api-1", "api-2"], services: ["api"], away: [] });
});

test("what there is one of, or has one writer, is said to be away", () => {
  assert.deepEqual(chosen("postgres", "files", "api", "worker-2"), {
    containers: ["api-1", "api-2", "files-1", "postgres", "worker-2"],
    services: ["api", "files", "postgres", "worker-2"],
    away: ["files", "postgres", "worker-2"],
  });
});

test("each unknown name is refused with those there are", () => {
  assert.throws(
    () => chosen("apu", "postgres", "db"),
    new Refusal([
      'service: must be one of api, files, postgres, worker-2, got "apu"',
      'service: must be one of api, files, postgres, worker-2, got "db"',
    ]),
  );
});

test("a gap is told, and nobody who can't be asked agrees to it", async () => {
  assert.equal(
    awayText(["files", "postgres"]),
    "stops files, postgres before their new containers start: they are away for some seconds",
  );
  await agree("restart", awayText(["postgres"]), true);
  await assert.rejects(
    agree("restart", awayText(["postgres"]), false),
    new Refusal([
      "--yes: must be given where nobody can be asked; berth restart stops postgres before its new container starts: it is away for some seconds",
    ]),
  );
});
