import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { checkpointToLook } from "../../../cli/look.ts";
import { checkpointOf } from "../../../cli/session.ts";
import { revealed } from "../../../cli/stackFile/revealed.ts";
import { checkpointFile } from "../../../cli/state/backend.ts";
import { fakeTools, sessionOn } from "../../tools/fakeEngine.ts";

const tools = vi.hoisted(() => ({ pulumiRoot: "", version: "3.256.0", how: "built" }));
vi.mock("../../../toolchain/index.ts", () => ({ ensureTools: () => Promise.resolve(tools) }));

const state = '{"version":3,"deployment":{"resources":[]}}';
const local = "config:\n  berth:system: loc8\n";

/** A session whose engine does as the script says. */
async function opened(script: string, { backend = "s3://state", text = local } = {}) {
  tools.pulumiRoot = await fakeTools(script);
  return sessionOn(backend, tools.pulumiRoot, text);
}

const complains = (words: string) => `cat >&2 <<'TEXT'\nerror: ${words}\nTEXT\nexit 255`;
const away = "unable to open bucket s3://state: dial tcp 192.0.2.1:443: i/o timeout";
const awayProblem =
  'state: must be readable at s3://state, got "dial tcp 192.0.2.1:443: i/o timeout"; look whether it can be reached from here';

describe("a state is missing", () => {
  it("where the engine says that there is no such stack", async () => {
    expect(await checkpointOf(await opened(complains("no stack named 'dev' found")))).toBeUndefined();
    const there = await checkpointOf(await opened(`echo '${state}'`));
    expect(there?.resources).toEqual([]);
  });

  for (const words of [
    "[503] Service Unavailable",
    "could not deserialize deployment: unknown version",
    "DefaultAzureCredential: failed to acquire a token",
    "incorrect passphrase",
  ]) {
    it(`and not where it says anything else, such as ${words}`, async () => {
      await expect(checkpointOf(await opened(complains(words)))).rejects.toThrow(
        `state: must be readable at s3://state, got "${words}"`,
      );
    });
  }

  it("and not where a folder has one that is compressed, and can't be read", async () => {
    const session = await opened(complains("failed to load checkpoint: unsupported checkpoint version 99"));
    const { data } = session.home;
    vi.stubEnv("PULUMI_BACKEND_URL", `file://${data}`);
    expect(await checkpointOf(session)).toBeUndefined();
    const file = `${checkpointFile(data, "dev")}.gz`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
    await expect(checkpointOf(session)).rejects.toThrow(
      `state: must be readable at file://${data}, got "failed to load checkpoint: unsupported checkpoint version 99"`,
    );
  });
});

describe("who looks at a stack whose state can't be read", () => {
  /** What is said on stderr. */
  function heard(): string[] {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
    onTestFinished(() => {
      spy.mockRestore();
    });
    return lines;
  }
  const host = (written: string) => `${local}  berth:host: ${written}\n`;

  it.each([local, host("{ kind: existing, address: ops@203.0.113.8, hostKey: ssh-ed25519 AAAA }")])(
    "is told, and goes on where settings name the machine: %s",
    async (text) => {
      const lines = heard();
      const looked = await checkpointToLook(await opened(complains(away), { text }));
      expect(looked).toEqual({ checkpoint: undefined, unread: true });
      expect(lines).toEqual([
        `warning: ${awayProblem}; going on without it, on the machine that settings name\n`,
      ]);
    },
  );

  it("is refused where only the state does", async () => {
    const lines = heard();
    for (const text of [host("{ kind: gce }"), host("{ kind: nothing }"), host("{ kind: existing }")])
      await expect(checkpointToLook(await opened(complains(away), { text }))).rejects.toThrow(awayProblem);
    expect(lines).toEqual([]);
  });

  it("is told nothing where it can", async () => {
    const lines = heard();
    const looked = await checkpointToLook(await opened(`echo '${state}'`));
    expect([looked.unread, looked.checkpoint?.resources]).toEqual([false, []]);
    expect(await checkpointToLook(await opened(complains("no stack named 'dev' found")))).toEqual({
      checkpoint: undefined,
      unread: false,
    });
    expect(lines).toEqual([]);
  });
});

describe("a stack file that only the engine can read", () => {
  const odd = `${local}  berth:environment: { backend: { SINCE: 2023-06-01 } }\n`;
  const config = '{"berth:system":{"value":"loc8","secret":false}}';
  /** An engine that answers for a folder, and complains of the backend. */
  const split = (ofBackend: string, ofFolder: string) =>
    `case $PULUMI_BACKEND_URL in file:*) ${ofFolder} ;; *) ${complains(ofBackend)}\n;; esac`;

  it.each([away, "no stack named 'dev' found"])("is read without its backend: %s", async (words) => {
    const session = await opened(split(words, `echo '${config}'`), { text: odd });
    expect(session.stack.odd).toBe(true);
    expect((await revealed(session)).stack.config).toEqual({ "berth:system": "loc8" });
  });

  it("is to blame itself where no backend is", async () => {
    const folder = "open .pulumi/meta.yaml: permission denied";
    for (const [ofBackend, ofFolder, words] of [
      ["no stack named 'dev' found", folder, folder],
      ["secrets (code=PermissionDenied): operation error KMS: Decrypt", "exit 1", undefined],
      ['yaml: line 5: mapping key "region" already defined at line 4', "exit 1", undefined],
    ] as const) {
      const session = await opened(split(ofBackend, `${complains(ofFolder)}\n`), { text: odd });
      await expect(revealed(session)).rejects.toThrow(
        `Pulumi.dev.yaml: must be a stack file that the engine can read, got "${words ?? ofBackend}"`,
      );
    }
  });

  it("and the backend where neither answers, for it may keep the key", async () => {
    const session = await opened(split(away, `${complains("no key")}\n`), { text: odd });
    await expect(revealed(session)).rejects.toThrow(awayProblem);
  });
});
