import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtProgram } from "./builtHost.ts";
import { noStandin, openStack, prepared, seconds, stock, stockImages, untilAnswers } from "./sshRig.ts";
import { skipWhen } from "../tools/skip.ts";

const skip = await noStandin();

describe("a machine that the stack owns", skipWhen(skip), () => {
  test("replaced while the old one is dead, everything is on the new one after one run, and destroy needs no machine", async () => {
    await using first = await prepared("loc8", { name: "sshtest-old", stock: await stock() });
    await using second = await prepared("loc8", { name: "sshtest-new", stock: await stock() });
    const images = await stockImages("loc8", first);
    await stockImages("loc8", second);
    const config = {
      system: "loc8",
      images,
      replicas: { backend: 1 },
      optional: { postgres: false },
      protectData: false,
    };
    const machines = () => [first.standin.target, second.standin.target];
    let generation = 0;
    const program = builtProgram({ config, machines, generation: () => generation });
    await using opened = await openStack("sshtest-replace", program);
    const { stack } = opened;
    await stack.up({ parallel: 32 });
    assert.ok((await untilAnswers(`http://${first.standin.address}/health`, 60)) <= 60);

    await first.standin.kill();
    generation = 1;
    const { summary } = await stack.up({ parallel: 32 });
    assert.ok((summary.resourceChanges?.replace ?? 0) > 10, JSON.stringify(summary.resourceChanges));
    assert.ok((await untilAnswers(`http://${second.standin.address}/health`, 60)) <= 60);
    const running = await second.standin.exec(
      "docker ps --filter label=berth.role=service --format '{{.Label \"berth.service\"}}' | sort",
    );
    assert.equal(running, "backend\nfrontend\nnginx\nredis");

    const again = await stack.up({ parallel: 32 });
    assert.deepEqual(Object.keys(again.summary.resourceChanges ?? {}), ["same"]);

    await second.standin.kill();
    const [, took] = await seconds(stack.destroy({ parallel: 32 }));
    assert.ok(took < 60, `${took} s`);
  });
});
