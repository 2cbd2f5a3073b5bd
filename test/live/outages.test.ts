import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, describe, it } from "vitest";
import { docker, exec, inspect, pause } from "../tools/docker.ts";
import { LiveStack } from "../tools/stack.ts";
import { sleep, until } from "../tools/wait.ts";

/** The ways to lose a store: how it goes and comes back, and for how many seconds it is away. */
const outages = [
  {
    // Every process of it stands still, and its connections stay open: worse than one that has ended.
    name: "hangs",
    seconds: 60,
    halt: pause,
    resume: (id: string) => docker.getContainer(id).unpause(),
  },
  {
    name: "is stopped",
    seconds: 10,
    halt: (id: string) => docker.getContainer(id).stop(),
    resume: (id: string) => docker.getContainer(id).start(),
  },
] as const;
/** What an outage may cost: seconds until a refusal, and until all is well after its end. */
const [refusal, recovery] = [3, 10];

/** Each store of arv, and a path of its application that can't do without it. */
const needs = { minio: "/ready", redis: "/queues", postgres: "/contents" } as const;
type Store = keyof typeof needs;
const stores = Object.keys(needs) as Store[];

interface Answer {
  status: number;
  seconds: number;
}

describe("arv with a replica of its application", () => {
  let stack: LiveStack;
  /** The inner listener that answers for the application, which no rate limits. */
  let inside: string;
  beforeAll(async () => {
    stack = await LiveStack.open({ system: "arv", config: { replicas: { app: 1 } } });
    await stack.up();
    const [nginx] = await stack.containers("nginx");
    const { NetworkSettings } = await inspect(nginx?.id ?? "");
    inside = `http://${NetworkSettings.Networks[stack.name]?.IPAddress}:8000`;
    await until("all is well", 60, async () => allAre(200, await Promise.all(stores.map(askFor))));
  });
  afterAll(() => stack.close());

  const askFor = (store: Store) => ask(inside + needs[store]);

  it.for(outages)(
    "refuses within 3 s what needs a store that $name, answers the rest, and is well 10 s after",
    async ({ seconds, halt, resume }, t) => {
      const containers = Object.fromEntries(
        await Promise.all(stores.map(async (store) => [store, await stack.containers(store)] as const)),
      );
      // A machine that stands still lets this test wait too: what that takes is no refusal's.
      const late = monitorEventLoopDelay();
      late.enable();
      const down: Store[] = [];
      const refused: Answer[] = [];
      const rest = [`${stack.url}/`, `${inside}/health`];
      const look = async (): Promise<void> => {
        const [lost, others, alive] = await Promise.all([
          Promise.all(down.map(askFor)),
          // Whether all stores are there is minio's path, which knows of each.
          Promise.all(stores.filter((store) => !down.includes(store)).map(askFor)),
          Promise.all(rest.map(ask)),
        ]);
        assert.deepEqual(
          lost.map(({ status }) => status),
          down.map(() => 503),
          `without ${down.join(", ")}`,
        );
        assert.ok(
          allAre(200, [...others, ...alive]),
          `without ${down.join(", ")}: ${shown([...others, ...alive])}`,
        );
        refused.push(...lost);
      };
      try {
        for (const store of stores) {
          for (const { id } of containers[store] ?? []) await halt(id);
          down.push(store);
          await look();
        }
        const end = performance.now() + seconds * 1000;
        while (performance.now() < end) {
          await sleep(1);
          await look();
        }
      } finally {
        const halted = down.flatMap((store) => containers[store] ?? []);
        await Promise.all(halted.map(({ id }) => resume(id)));
      }
      const began = performance.now();
      await until("all is well again", 60, async () => allAre(200, await Promise.all(stores.map(askFor))));
      const back = (performance.now() - began) / 1000;
      const slowest = Math.max(...refused.map((answer) => answer.seconds));
      const stoodStill = late.max / 1e9;
      await t.annotate(
        `slowest of ${refused.length} refusals ${slowest.toFixed(2)} s, well after ${back.toFixed(1)} s; this machine stood still for ${stoodStill.toFixed(2)} s at most`,
      );
      assert.ok(slowest < refusal + stoodStill, `a refusal took ${slowest} s`);
      assert.ok(back <= recovery + stoodStill, `it took ${back} s`);
    },
  );

  it("ends what takes more memory than its container may have, and nothing else", async (t) => {
    const before = await starts(stack);
    const [app] = await stack.containers("app");
    const began = performance.now();
    // Twice what the container may have.
    const { code } = await exec(app?.id ?? "", ["python", "-c", "kept = b'x' * (1 << 30)"]);
    assert.equal(code, 137, "the kernel has ended it");
    await until("all is well", 60, async () => allAre(200, await Promise.all(stores.map(askFor))));
    await t.annotate(`well ${((performance.now() - began) / 1000).toFixed(1)} s after it began`);
    const { [app?.name ?? ""]: own, ...others } = await starts(stack);
    assert.ok(own, "its container is there");
    assert.deepEqual({ ...others, [app?.name ?? ""]: before[app?.name ?? ""] }, before);
  });
});

/** When each container of a service was started, by its name. */
async function starts(stack: LiveStack): Promise<Record<string, string>> {
  const { containers } = await stack.dockerObjects();
  const services = containers.filter(({ Labels }) => Labels["berth.role"] === "service");
  const all = services.map(async ({ Id }) => {
    const { Name, State } = await inspect(Id);
    return [Name.slice(1), State.StartedAt] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}

async function ask(url: string): Promise<Answer> {
  const began = performance.now();
  const status = await fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );
  return { status, seconds: (performance.now() - began) / 1000 };
}

function allAre(status: number, answers: readonly Answer[]): boolean {
  return answers.every((answer) => answer.status === status);
}

function shown(answers: readonly Answer[]): string {
  return answers.map(({ status, seconds: took }) => `${status} in ${took.toFixed(1)} s`).join(", ");
}
