import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { it } from "vitest";
import { lookAtBackupFolder } from "../../../cli/verify/backupFolder.ts";

const target = "/backup/target";
const busybox = "/run/berth-probe/busybox";

interface Faked {
  /** What the container that backs up says of its folder, and with which code. */
  seen?: { output: string; code: number };
  /** How the one that mounts it anew ends, or why it can't be made. */
  anew?: number | Error;
  /** Nothing is answered any more. */
  hangs?: boolean;
}

/** An engine with one container that backs up into a folder. */
function engine({ seen = { output: "5:9\n", code: 0 }, anew = 0, hangs = false }: Faked) {
  const calls: { made?: Record<string, unknown>; removed: number } = { removed: 0 };
  const backup = {
    Image: "sha256:a",
    Config: { Entrypoint: [busybox, "sh"], Labels: { "berth.stack": "dev" } },
    HostConfig: {
      Mounts: [
        { Type: "bind", Source: "/mnt/nas", Target: target },
        { Type: "volume", Source: "dev-probe", Target: "/run/berth-probe" },
        { Type: "volume", Source: "dev-data", Target: "/data" },
      ],
    },
  };
  const docker = {
    listContainers: () => Promise.resolve([]),
    getContainer: () => ({
      inspect: () => (hangs ? new Promise(() => undefined) : Promise.resolve(backup)),
      exec: () =>
        Promise.resolve({
          start: () => {
            const stream = new PassThrough();
            const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, seen.output.length]);
            stream.end(Buffer.concat([head, Buffer.from(seen.output)]));
            return Promise.resolve(stream);
          },
          inspect: () => Promise.resolve({ ExitCode: seen.code }),
        }),
    }),
    createContainer: (options: Record<string, unknown>) => {
      calls.made = options;
      if (anew instanceof Error) return Promise.reject(anew);
      return Promise.resolve({
        start: () => Promise.resolve(),
        wait: () => Promise.resolve({ StatusCode: anew }),
        remove: () => {
          calls.removed++;
          return Promise.resolve();
        },
      });
    },
  };
  const info = { Id: "b", Mounts: [{ Destination: target }] };
  return { calls, look: () => lookAtBackupFolder(docker as never, info as never, 0.2) };
}

async function verdict(faked: Faked): Promise<[string | undefined, string | undefined]> {
  const [first] = await engine(faked).look();
  return [first?.outcome, first?.detail];
}

it("is the one that backups go to, as a container that mounts it now has it", async () => {
  const { calls, look } = engine({});
  assert.deepEqual(await look(), [{ level: "backup", what: "folder", outcome: "pass", detail: "/mnt/nas" }]);
  assert.equal(calls.removed, 1);
  const { Labels, Entrypoint, HostConfig } = calls.made as {
    Labels: object;
    Entrypoint: string[];
    HostConfig: { Mounts: { Source: string; ReadOnly: boolean }[] };
  };
  // A run beside it would take it for an orphan of the stack's.
  assert.deepEqual(Labels, { "berth.verify": "dev" });
  assert.deepEqual([Entrypoint[0], Entrypoint.at(-1)], [busybox, "5:9"]);
  assert.deepEqual(
    HostConfig.Mounts.map(({ Source, ReadOnly }) => [Source, ReadOnly]),
    [
      ["/mnt/nas", true],
      ["dev-probe", true],
    ],
  );
});

it("is another, or isn't there", async () => {
  const lineFor = (what: string) => [
    "fail",
    `/mnt/nas ${what}; mount or move it back, then berth restart backup`,
  ];
  assert.deepEqual(await verdict({ anew: 1 }), lineFor("is another folder than the one that backups go to"));
  const gone = ["bind source path does not exist: /mnt/nas", "stat /mnt/nas: not a directory"];
  for (const text of gone)
    assert.deepEqual(await verdict({ anew: new Error(text) }), lineFor("isn't there any more"));
});

it("is a verdict and no end of all others where nobody can look", async () => {
  assert.deepEqual(await verdict({ seen: { output: "stat: stale handle\n", code: 1 } }), [
    "fail",
    "/mnt/nas: stat: stale handle",
  ]);
  assert.deepEqual(await verdict({ anew: new Error("forbidden") }), ["fail", "forbidden"]);
  assert.deepEqual(await verdict({ hangs: true }), [
    "fail",
    "backup.to: must be a folder that answers, got none within 0.2 s",
  ]);
});

it("isn't looked at where backups go elsewhere", async () => {
  assert.deepEqual(await lookAtBackupFolder({} as never, { Id: "b", Mounts: [] } as never), []);
});
