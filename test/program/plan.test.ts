import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { probeImage } from "../../components/containers/probeHealth.ts";
import { filesImage } from "../../services/proxy/definition.ts";
import { rowsOf } from "../../systems/facts.ts";
import { systemNames, systems } from "../../systems/index.ts";
import { stackOn } from "./anyStack.ts";
import type { Graph } from "./harness.ts";
import { laptop, localStack } from "./localStack.ts";

const elsewhere = ["existing", "gce", "ec2"] as const;
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const nobody = () => Promise.reject(new Error("connect ENOENT /var/run/docker.sock"));

/** Every default image of every system, written down. */
const references = [
  filesImage,
  ...systemNames.flatMap((name) => Object.values(rowsOf(systems[name])).map(({ image }) => image)),
];
const locked = new Map(references.map((reference) => [reference, digest("a")]));

function names(graph: Graph, type: string): string[] {
  return graph
    .ofType(type)
    .map(({ name }) => name)
    .toSorted();
}

/** What comes first depends on what is known when. */
function byUrn({ resources }: Graph) {
  return resources.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
}

const container = "docker:index/container:Container";
const remoteImage = "docker:index/remoteImage:RemoteImage";

describe.each(elsewhere)("a plan for %s, made without Docker", (kind) => {
  test.each(systemNames)("has every container of %s that a laptop's has", async (system) => {
    const [runner, laptop] = [
      await stackOn(kind, system, {}, { engine: nobody }),
      await stackOn(kind, system),
    ];
    assert.deepEqual(names(runner, container), names(laptop, container));
    assert.deepEqual(names(laptop, remoteImage), []);
    // What is built here isn't known yet; all else the machine would pull.
    assert.ok(names(runner, remoteImage).includes(filesImage));
    assert.ok(names(runner, remoteImage).every((name) => !name.startsWith("berth/")));
  });

  // The smallest, and the one of which something may be left out.
  test.each(["loc8", "vru"] as const)(
    "is the laptop's for %s to the letter, once images are locked",
    async (system) => {
      const [runner, laptop] = [
        await stackOn(kind, system, {}, { engine: nobody, locked }),
        await stackOn(kind, system, {}, { locked }),
      ];
      assert.deepEqual(byUrn(runner), byUrn(laptop));
      assert.equal(
        runner.the(remoteImage, filesImage).inputs.name,
        `${filesImage.split(":")[0]}@${digest("a")}`,
      );
    },
  );
});

test("a run is refused all that it doesn't have and can't get, before the first resource", async () => {
  const without = ["berth/reference-app:1", "redis:7"];
  await assert.rejects(localStack({ system: "loc8" }, laptop(undefined, without)), {
    message: [
      'images: must be on this machine, got no "berth/reference-app:1" here; run berth up, which builds it, or name one of your own in berth:images',
      'images: must be on this machine, got no "redis:7" here; run berth up, or docker pull it',
    ].join("\n"),
  });
});

test("what a machine beside the first runs is pulled there", async () => {
  const config = {
    hosts: { gpu: { gpu: "nvidia-l4" } },
    placement: { "ml-engine": "gpu" },
    images: { "ml-engine": `registry.example/ml@${digest("b")}` },
  };
  const graph = await stackOn("gce", "vru", config, { engine: nobody, locked });
  assert.deepEqual(
    names(graph, remoteImage).filter((name) => name.startsWith("gpu-")),
    // Nobody can say what the image says of its health, so it is asked by the probe.
    [`gpu-${probeImage}`, `gpu-${filesImage}`, `gpu-registry.example/ml@${digest("b")}`],
  );
});
