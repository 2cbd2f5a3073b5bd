import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { Home } from "../../cli/home.ts";
import { openOutput } from "../../cli/output.ts";
import { asStack } from "../../cli/project.ts";
import type { Session } from "../../cli/session.ts";

/** Where the engine's tools are: `bin/pulumi` does as the script says. Its data folder is the same. */
export async function fakeTools(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "berth-fake-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await Promise.all(["bin", "work"].map((each) => mkdir(join(folder, each))));
  await writeFile(join(folder, "bin/pulumi"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "bin/pulumi"), 0o755);
  return folder;
}

/** A session of the stack `dev` with its state in a backend. */
export function sessionOn(backend: string, folder: string, text: string): Session {
  vi.stubEnv("PULUMI_BACKEND_URL", backend);
  onTestFinished(() => void vi.unstubAllEnvs());
  const home = {
    data: folder,
    work: join(folder, "work"),
    passphrase: join(folder, "passphrase"),
  } as Home;
  return { output: openOutput({}), home, stack: asStack({ name: "dev" }, text) };
}
