import { expect, it } from "vitest";
import { goneProblems, saysHowToForget } from "../../../cli/destroy/gone.ts";
import type { StackFile } from "../../../cli/project.ts";
import { Refusal } from "../../../cli/refusal.ts";
import type { Checkpoint } from "../../../cli/state/checkpoint.ts";

const stack = (config: object) => ({ name: "prod", config }) as unknown as StackFile;
const server = stack({
  "berth:host": { kind: "existing", address: "ops@one.example", hostKey: "ssh-ed25519 AAAA" },
});
const state = (...types: string[]) =>
  ({ resources: types.map((type) => ({ urn: "…", type })) }) as Checkpoint;
const there =
  (...machines: string[]) =>
  () =>
    Promise.resolve(machines);

it("a stack whose server is gone may be forgotten", async () => {
  expect(await goneProblems(server, state("docker:index:Container"), there())).toEqual([]);
});

it("one without state, on this machine, with a server that is there, or with something in a cloud may not", async () => {
  expect(await goneProblems(server, undefined, there())).toEqual([
    'stack "prod": must have its state here, got none; there is nothing to forget',
  ]);
  expect(await goneProblems(stack({ "berth:host": "local" }), state(), there())).toEqual([
    "--gone: must be for a server over ssh, got this machine; run berth destroy without it",
  ]);
  expect(await goneProblems(server, state("aws:s3/bucket:Bucket"), there())).toEqual([
    "--gone: must be for a stack that a cloud has nothing of, got aws:s3/bucket:Bucket; without it destroy removes that, and the machine",
  ]);
  expect(await goneProblems(server, state(), there("ops@one.example, which is there"))).toEqual([
    "--gone: must be for a server that is gone, got ops@one.example, which is there; run berth destroy without it",
  ]);
});

it("who can't reach a server of somebody's is told how, but not whose key is refused, nor of a cloud's machine", () => {
  const away = new Refusal(["host.address: ops@one.example doesn't answer"]);
  expect(() => saysHowToForget(state())(away)).toThrow(
    "host.address: ops@one.example doesn't answer; if the server is gone for good, berth destroy --gone forgets the stack",
  );
  const refused = new Refusal(["host.key: must be a key that ops@one.example accepts"]);
  expect(() => saysHowToForget(state())(refused)).toThrow(/accepts$/);
  expect(() => saysHowToForget(state("gcp:compute/instance:Instance"))(away)).toThrow(/answer$/);
  const other = new TypeError("other");
  expect(() => saysHowToForget(state())(other)).toThrow(other);
});
