import { rmSync } from "node:fs";
import { execa } from "execa";
import { afterEach, beforeEach, expect, it } from "vitest";
import { healthcheckArgs, httpHealth } from "../../../components/containers/health.ts";
import { paced, unpaced } from "../../../components/containers/healthPace.ts";
import { askedPort, isProbed, probeTcp } from "../../../components/containers/probeHealth.ts";

const forget = (): void => {
  rmSync("/dev/shm/.berth-passed", { force: true });
};
beforeEach(forget);
afterEach(forget);

/** What a check ends with, and whether it took a pause of two seconds. */
async function run([kind, ...words]: readonly string[]): Promise<[code: number | undefined, slow: boolean]> {
  const [program = "", ...args] = kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...words] : words;
  const began = performance.now();
  const { exitCode } = await execa(program, args, { reject: false });
  return [exitCode, performance.now() - began > 1900];
}

const shell = (line: string): string[] => paced(["CMD-SHELL", line], 3.8)?.test ?? [];
const words = (...command: string[]): string[] => paced(["CMD", ...command], 3.8, true)?.test ?? [];

it("asks at once until a check has passed, and waits before it asks from then on", async () => {
  expect(await run(shell("exit 3"))).toEqual([3, false]);
  expect(await run(shell("exec true # as a comment ends"))).toEqual([0, false]);
  expect(await run(shell("exec true"))).toEqual([0, true]);
  expect(await run(shell("false"))).toEqual([1, true]);
  expect(await run(shell("exit 4"))).toEqual([4, true]);
  expect(await run(shell("set -e; false; true"))).toEqual([1, true]);
  expect(await run(shell("exec true"))).toEqual([0, true]);
  expect(await run(unpaced(shell("exec true")))).toEqual([0, false]);
});

it("keeps the words of a command as they are", async () => {
  const check = (text: string) => words("test", text, "=", "a 'b' $c");
  expect(await run(check("x"))).toEqual([1, false]);
  expect(await run(check("a 'b' $c"))).toEqual([0, false]);
  expect(await run(check("a 'b' $c"))).toEqual([0, true]);
  expect(await run(unpaced(check("a 'b' $c")))).toEqual([0, false]);
});

it("leaves the probe's words, port and shell as they are", () => {
  const check = probeTcp(8000);
  const { test = [], pauseSeconds } = paced(check.test, 10) ?? {};
  expect(pauseSeconds).toBe(8);
  expect(test.toSpliced(4, 1)).toEqual(check.test.toSpliced(4, 1));
  expect(test[4]?.split("\n")[0]).toBe(
    "if [ -s /dev/shm/.berth-passed ]; then /run/berth-probe/busybox sleep 8; elif [ -e /dev/shm/.berth-passed ]; then /run/berth-probe/busybox sleep 2; fi",
  );
  expect([isProbed({ test }), askedPort(test)]).toEqual([true, 8000]);
  expect(unpaced(test)[4]).not.toContain("sleep");
});

it("leaves alone what has no check, and a command of an image that may have no shell", () => {
  expect(paced(["NONE"], 10)).toBeUndefined();
  expect(paced(["CMD", "/probe", "sh"], 10)).toBeUndefined();
  expect(healthcheckArgs({ test: ["CMD", "/probe"] }, false)).toMatchObject({
    tests: ["CMD", "/probe"],
    interval: "3.8s",
    timeout: "5s",
  });
});

it("asks at most every ten seconds, and leaves alone the checks of an engine that has two paces", () => {
  const check = { ...httpHealth(8000, "/"), intervalSeconds: 30, timeoutSeconds: 4 };
  const old = healthcheckArgs(check, false);
  expect([old.interval, old.timeout]).toEqual(["1.8s", "12s"]);
  expect(String((old.tests as string[])[1])).toMatch(/ sleep 8;/);
  expect(healthcheckArgs(check, true)).toMatchObject({
    tests: check.test,
    interval: "30s",
    startInterval: "700ms",
    timeout: "4s",
  });
});
