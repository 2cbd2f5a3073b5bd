import assert from "node:assert/strict";
import { Provider } from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { test } from "vitest";
import type { Host } from "../../components/containers/host.ts";
import { Network } from "../../components/containers/network.ts";
import type { Scope } from "../../components/containers/scope.ts";
import { stackOn } from "./anyStack.ts";
import { runProgram, type Registered } from "./harness.ts";

const held = ["docker:index/network:Network", "docker:index/service:Service", "docker:index/secret:Secret"];

/** The network of machines that are a swarm, of which the first may be made anew. */
async function networkOf(preview: boolean, machines = 3): Promise<{ network: Registered; machine: string }> {
  const program = () => {
    const machine = new random.RandomPet("machine");
    const provider = new Provider("first");
    const host: Host = {
      kind: "gce",
      provider,
      address: pulumi.output("203.0.113.1"),
      capacity: { cpus: 2, memory: 8192, gpus: 0 },
      publication: { ip: "0.0.0.0", http: 80 },
      access: pulumi.output(""),
      generation: pulumi.output("1"),
      onHost: { provider, deletedWith: machine, replaceWith: [machine] },
    };
    const image = (reference: string) => reference;
    const scope: Scope = {
      ...{ system: "shop", stack: "prod", host, image, filesImage: "files", protectData: false },
      swarm: {
        joined: [],
        identity: pulumi.output("swarm-1"),
        stop: () => undefined,
        encrypted: true,
        machines: [{ host, image }, ...Array.from({ length: machines - 1 }, () => ({ host, image }))],
        image,
      },
    };
    new Network("shop-network", { scope });
  };
  const graph = await runProgram(program, { preview });
  const network = graph.the("docker:index/network:Network");
  return { network, machine: graph.the("random:index/randomPet:RandomPet").urn };
}

test("what managers hold is made anew in another swarm, and not with the first machine", async () => {
  const { network, machine } = await networkOf(false);
  const { deletedWith, replaceWith, replacementTrigger } = network.options;
  assert.deepEqual([deletedWith, replaceWith, replacementTrigger], [machine, [], "swarm-1"]);
});

test("a preview, to which a swarm that changes is unknown, doesn't show all of it anew", async () => {
  const { network } = await networkOf(true);
  assert.ok(["", null, undefined].includes(network.options.replacementTrigger as string | null | undefined));
  assert.deepEqual(network.options.replaceWith, []);
});

test("a preview of two machines shows that all of it is made anew with the first, whom nobody outlives", async () => {
  const { network, machine } = await networkOf(true, 2);
  assert.deepEqual(network.options.replaceWith, [machine]);
  const made = await networkOf(false, 2);
  assert.deepEqual(
    [made.network.options.replaceWith, made.network.options.replacementTrigger],
    [[], "swarm-1"],
  );
});

for (const kind of ["gce", "ec2"] as const)
  test(`services, secrets and the network stay while the first machine of ${kind} is made anew, its containers don't`, async () => {
    const graph = await stackOn(kind, "loc8", { host: { machines: 3 } });
    for (const type of held) {
      const all = graph.ofType(type);
      assert.ok(all.length > 0, type);
      for (const { name, options } of all) assert.deepEqual(options.replaceWith, [], name);
    }
    for (const { name, options } of graph.ofType("docker:index/container:Container"))
      assert.equal(options.replaceWith.length, 1, name);
  });
