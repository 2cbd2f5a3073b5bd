import assert from "node:assert/strict";
import type { NetworkInspectInfo } from "dockerode";
import { test } from "vitest";
import { networkProblem } from "../../../cli/preflight/networks.ts";

const held = { Name: "attn_shared_network", Labels: { "berth.stack": "dev", "berth.system": "attn" } };
const docker = { listNetworks: () => Promise.resolve([held as unknown as NetworkInspectInfo]) };

test("a network that another stack holds is refused by its name", async () => {
  assert.equal(
    await networkProblem(docker, "other", "attn_shared_network"),
    'system: must be up once on a machine, network "attn_shared_network" is held by stack "dev"; end that one with berth destroy --stack dev, give this one a berth:network of its own, or use another machine',
  );
});

test("a stack's own network, and one of another name beside it, are nobody's problem", async () => {
  assert.equal(await networkProblem(docker, "dev", "attn_shared_network"), undefined);
  assert.equal(await networkProblem(docker, "other", "attn_of_my_own"), undefined);
});
