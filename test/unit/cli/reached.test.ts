import type Docker from "dockerode";
import { expect, it, onTestFinished, vi } from "vitest";
import {
  lastDockers,
  machineName,
  machinesThere,
  reachedDockers,
  runDockers,
} from "../../../cli/docker/machines.ts";
import { Refusal } from "../../../cli/refusal.ts";
import { connection, type Connection, type SshTarget } from "../../../components/ssh/connection.ts";
import { explain } from "../../../components/ssh/errors.ts";
import { serviceType, type Checkpoint } from "../../../cli/state/checkpoint.ts";

const ways = ["one", "two", "three"].map((name) =>
  connection({ address: `${name}.example`, user: "ops", hostKey: "ssh-ed25519 AAAA" }),
);
const labels = [
  { label: "berth.role", value: "service" },
  { label: "berth.service", value: "api" },
];
const service = { urn: "…::api", type: serviceType, id: "s1", inputs: { labels } };

const provider = (name: string | number) => `urn:pulumi:dev::berth::pulumi:providers:docker::${name}`;

function state(...more: object[]): Checkpoint {
  const providers = ways.map(({ url: host, options: sshOpts }, index) => ({
    urn: provider(index === 0 ? "existing" : index),
    type: "pulumi:providers:docker",
    id: `${index}`,
    inputs: { host, sshOpts: JSON.stringify(sshOpts) },
  }));
  return { resources: [...providers, ...more] } as unknown as Checkpoint;
}

/** Opens a way to each machine but those that are away, to which it has none for this reason. */
function opening(away: string[], reason: () => Error = () => new Refusal(["host: must answer"])) {
  const written: string[] = [];
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  onTestFinished(() => {
    stderr.mockRestore();
  });
  const open = (way: Connection) =>
    away.includes(machineName(way)) ? Promise.reject(reason()) : Promise.resolve(machineName(way) as never);
  return { open: open as (way: Connection) => Promise<Docker>, written };
}

const names = (found: { dockers: unknown[]; ways: Connection[]; lost: { machine: string }[] }) => [
  found.dockers,
  found.ways.map(machineName),
  found.lost.map(({ machine }) => machine),
];
const [one, two, three] = ["ops@one.example", "ops@two.example", "ops@three.example"];

it("of a swarm a machine that can't be reached is left out, and said", async () => {
  for (const swarm of [{ "berth:swarm": true }, {}]) {
    const { open, written } = opening([two]);
    const found = await reachedDockers(swarm, state(service), open);
    expect(names(found)).toEqual([[one, three], [one, three], [two]]);
    expect(written).toEqual(["warning: host: must answer; going on without that machine of the swarm\n"]);
  }
  const { open } = opening([two]);
  expect(names(await reachedDockers({ "berth:swarm": true }, state(), open))[2]).toEqual([two]);
});

it("the stack's own machine has to be reached, and what is no way's fault is an error", async () => {
  await expect(reachedDockers({}, state(service), opening([one]).open)).rejects.toThrow("host: must answer");
  const broken = opening([two], () => new TypeError("broken")).open;
  await expect(reachedDockers({}, state(service), broken)).rejects.toThrow("broken");
});

it("a run does without a machine that settings no longer have, and with no other", async () => {
  const settings = (...hosts: string[]) => ({
    "berth:swarm": true,
    "berth:host": { kind: "existing", address: one, hostKey: "ssh-ed25519 AAAA" },
    "berth:hosts": Object.fromEntries(
      hosts.map((name) => [name, { address: `ops@${name}.example`, hostKey: "ssh-ed25519 AAAA" }]),
    ),
  });
  const left = opening([three]);
  const there = { ...service, provider: `${provider(2)}::2`, urn: "…::nginx-three" };
  const { dockers, checkpoint } = await runDockers(settings("1"), state(service, there), left.open);
  expect(dockers).toEqual([one, two]);
  expect(checkpoint?.resources.map(({ urn }) => urn)).toEqual([
    provider("existing"),
    provider(1),
    service.urn,
  ]);
  expect(left.written).toHaveLength(1);
  await expect(runDockers(settings("1", "2"), state(service), opening([three]).open)).rejects.toThrow(
    "host: must answer; if the machine is gone for good, take it out of hosts, or lower host.machines, and run berth up",
  );
  await expect(runDockers(settings("1"), state(service), opening([two]).open)).rejects.toThrow("must answer");
  await expect(runDockers(settings("1"), state(service), opening([one]).open)).rejects.toThrow(
    /^host: must answer$/,
  );
});

it("who removes the stack does without any but the stack's own", async () => {
  const there = { ...service, provider: `${provider(2)}::2`, urn: "…::nginx-three" };
  const { dockers, lost, checkpoint } = await lastDockers({}, state(service, there), opening([three]).open);
  expect(dockers).toEqual([one, two]);
  expect(lost).toEqual([{ machine: three, problem: "host: must answer" }]);
  expect(checkpoint?.resources.map(({ urn }) => urn)).not.toContain(there.urn);
  await expect(lastDockers({}, state(service), opening([one]).open)).rejects.toThrow("host: must answer");
});

it("a machine is gone where it doesn't answer or was made anew, and of other troubles that can't be told", async () => {
  const problems = {
    [one]: "host.key: must be a key that ops@one.example accepts, got what the agent offers; …",
    [two]: "host.hostKey: must be the key of ops@two.example, which shows another one; …",
  };
  const open = (way: Connection) =>
    machineName(way) === three
      ? Promise.resolve(three as never)
      : Promise.reject(new Refusal([problems[machineName(way)] ?? "?"]));
  expect(await machinesThere(ways, open)).toEqual([
    `${one}, of which that can't be told: ${problems[one]}`,
    `${three}, which is there`,
  ]);
  const target = { address: "one.example", user: "ops" } as SshTarget;
  const found = (stderr: string) =>
    machinesThere(ways.slice(0, 1), () => Promise.reject(new Refusal([explain(stderr, target)])));
  expect(await found("ssh: connect to host one.example port 22: Connection timed out")).toEqual([]);
  for (const stderr of [
    "Connection refused",
    "Connection closed by 192.0.2.1 port 22",
    "Could not resolve hostname one.example",
    "anything",
  ])
    expect((await found(stderr))[0]).toMatch(/^ops@one\.example, of which that can't be told: host/);
});
