import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { asStack, type StackFile } from "../../../cli/project.ts";
import { openSession } from "../../../cli/session.ts";
import { rollback } from "../../../cli/verbs/rollback.ts";
import { rotate } from "../../../cli/verbs/rotate.ts";
import { up } from "../../../cli/verbs/up.ts";
import { upFull } from "../../../cli/verbs/upFull.ts";
import { fakeTools, sessionOn } from "../../tools/fakeEngine.ts";

vi.mock(import("../../../cli/session.ts"), async (original) => ({
  ...(await original()),
  openSession: vi.fn(),
  checkpointOf: () => Promise.resolve({ resources: [], pending: [], outputs: {}, exported: {} } as never),
}));
vi.mock(import("../../../cli/state/lockElsewhere.ts"), async (original) => ({
  ...(await original()),
  lockProblems: () => Promise.resolve([]),
}));
const digest = `sha256:${"a".repeat(64)}`;
vi.mock(import("../../../cli/rollback/record.ts"), () => ({
  recordOf: () =>
    Promise.resolve({
      releases: [{ number: 3, began: new Date(0), images: { app: `acme/docsai@${digest}` } }],
      now: { app: `acme/docsai@sha256:${"b".repeat(64)}` },
      failed: false,
    }),
}));
vi.mock(import("../../../cli/rollback/kept.ts"), () => ({
  checkKept: () => undefined,
  lookForImages: (_dockers, _stack, images) => {
    const kept = Object.entries(images).map(([service, sought]) => ({ service, sought, dockers: [] }));
    return Promise.resolve({ kept, gone: [] } as never);
  },
}));
vi.mock(import("../../../cli/verbs/up.ts"), () => ({ up: vi.fn(() => Promise.resolve(0)) }));
vi.mock(import("../../../cli/verbs/upFull.ts"), () => ({ upFull: vi.fn(() => Promise.resolve(0)) }));

const stored =
  "  berth:secrets: { app: { SECRET_KEY: { store: aws, name: prod/django, region: eu-central-1 } } }\n";
const own = "  berth:secrets: { app: { SECRET_KEY: generate } }\n";

/** A stack's file whose secrets are with a store where nothing answers. */
async function stackFile(secrets: string): Promise<string> {
  const folder = await fakeTools("exit 1");
  const [file, text] = [join(folder, "Pulumi.dev.yaml"), `config:\n  berth:system: docsai\n${secrets}`];
  await writeFile(file, text);
  const session = sessionOn("s3://state", folder, text);
  const stack: StackFile = asStack({ name: "dev", file }, text);
  session.home.runs = folder;
  vi.mocked(openSession).mockResolvedValue({ ...session, stack });
  return file;
}

beforeEach(() => {
  const before = process.env;
  process.env = {
    ...before,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:1",
    AWS_ACCESS_KEY_ID: "x",
    AWS_SECRET_ACCESS_KEY: "x",
    AWS_MAX_ATTEMPTS: "1",
  };
  const spy = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  onTestFinished(() => {
    process.env = before;
    spy.mockRestore();
    vi.clearAllMocks();
  });
});

const options = { config: [], yes: true };
const verbs: [name: string, run: () => Promise<number>, written: RegExp][] = [
  ["rollback", () => rollback(undefined, options), new RegExp(`app: "?acme/docsai@${digest}`)],
  ["rotate", () => rotate(["postgres-password"], options), /postgres-password: "?2/],
];

describe.each(verbs)("berth %s", (_name, run, written) => {
  it("leaves the stack's file as it is where a store can't be reached, and runs nothing", async () => {
    const file = await stackFile(stored);
    const before = await readFile(file, "utf8");
    await expect(run()).rejects.toThrow(
      /^secrets\.app\.SECRET_KEY: must be readable in AWS Secrets Manager \(prod\/django\), got no answer \(ECONNREFUSED\)/,
    );
    expect(await readFile(file, "utf8")).toBe(before);
    expect([vi.mocked(up).mock.calls, vi.mocked(upFull).mock.calls]).toEqual([[], []]);
  });

  it("writes it where no store is asked, and goes on", async () => {
    const file = await stackFile(own);
    expect(await run()).toBe(0);
    expect(await readFile(file, "utf8")).toMatch(written);
    expect(vi.mocked(up).mock.calls.length + vi.mocked(upFull).mock.calls.length).toBe(1);
  });
});
