import assert from "node:assert/strict";
import type { NetworkInspectInfo } from "dockerode";
import { test } from "vitest";
import { networkProblem } from "../../../cli/preflight/networks.ts";

const held = { Name: "attn_shared_network", Labels: { "berth.stack": "dev", "berth.system": "attn" } };
const docker = { listNetworks: () => Promise.resolve([held as unknown as NetworkInspectInfo]) };

test("a network that another stack holds is refused by its name", async () => {
  assert.equal(
    await networkProblem(docker, "other", "attn_shared_network"),
    'network: must be another than that of stack "dev" on one machine, got "attn_shared_network"; name one with --config network=…, or end that stack with berth destroy --stack dev',
  );
});

test("a stack's own network, and one of another name beside it, are nobody's problem", async () => {
  assert.equal(await networkProblem(docker, "dev", "attn_shared_network"), undefined);
  assert.equal(await networkProblem(docker, "other", "attn_of_my_own"), undefined);
});
