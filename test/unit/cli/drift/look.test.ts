import { Readable } from "node:stream";
import type Docker from "dockerode";
import { expect, it } from "vitest";
import { changedOn } from "../../../../cli/drift/look.ts";
import type { Owned } from "../../../../cli/docker/owned.ts";
import { containerType, volumeType, type Checkpoint } from "../../../../cli/state/checkpoint.ts";

const labels = (role: string) => [
  { label: "berth.role", value: role },
  { label: "berth.service", value: "api" },
];
const api = {
  urn: "…::api",
  type: containerType,
  id: "api",
  inputs: { labels: labels("service"), memory: 64 },
};
const files = { urn: "…::api-files", type: volumeType, id: "v", inputs: { labels: labels("files") } };
const carrier = {
  urn: "…::api-carrier",
  type: containerType,
  id: "carrier",
  inputs: {
    labels: labels("files"),
    mounts: [{ source: "v", target: "/berth/files" }],
    uploads: [{ file: "/berth/files/app.ini", content: "level = info" }],
  },
};
const checkpoint = { resources: [api, files, carrier] } as unknown as Checkpoint;
const mounted = (Destination: string) => [{ Name: "v", Destination }];
const held = {
  containers: [
    { Id: "api", State: "running", Created: 1, Mounts: mounted("/etc/berth") },
    { Id: "carrier", State: "created", Created: 1, Mounts: mounted("/berth/files") },
  ],
  volumes: [],
} as unknown as Owned;

const gone = (statusCode: number) => Promise.reject(Object.assign(new Error("gone"), { statusCode }));

/** Notes each question; `status` is its answer to all of it, else `archive` to the question of files. */
function engine(status?: number, archive = Buffer.alloc(1024)) {
  const questions: string[] = [];
  const docker = {
    getContainer: (id: string) => ({
      inspect: () => {
        questions.push(`${id} limits`);
        const is = { HostConfig: { Memory: 2 ** 25 }, NetworkSettings: { Networks: {} } };
        return status === undefined ? Promise.resolve(is) : gone(status);
      },
      getArchive: ({ path }: { path: string }) => {
        questions.push(`${id} ${path}`);
        return status === undefined ? Promise.resolve(Readable.from([archive])) : gone(status);
      },
    }),
  } as unknown as Docker;
  return { docker, questions };
}

it("what serves is inspected, and files are read by the carrier that brought them", async () => {
  const { docker, questions } = engine();
  expect(await changedOn(docker, checkpoint, held)).toEqual([
    { resource: { ...api, service: "api" }, what: 'memory must be "64 MiB", got "32 MiB"' },
    { resource: files, what: "app.ini is missing" },
  ]);
  expect(questions.sort()).toEqual(["api limits", "carrier /berth/files"]);
});

it("what somebody added is removed with the image that the carrier has", async () => {
  const name = Buffer.alloc(512);
  name.write("files/note");
  name.write("0", 156);
  const { docker } = engine(undefined, name);
  const image = "sha256:1234";
  const own = { ...carrier, inputs: { ...carrier.inputs, uploads: [], image } };
  const resources = [files, own] as unknown as Checkpoint["resources"];
  expect(await changedOn(docker, { ...checkpoint, resources }, held)).toEqual([
    {
      resource: files,
      what: "note was added",
      byHand: "docker run --rm -v v:/files sha256:1234 rm /files/note",
    },
  ]);
});

it("without its carrier they are read by who mounts them, and a container that doesn't run has no limits", async () => {
  const { docker, questions } = engine();
  const [first, second] = held.containers;
  await changedOn(docker, checkpoint, { ...held, containers: first ? [first] : [] });
  await changedOn(docker, checkpoint, { ...held, containers: second ? [second] : [] });
  expect(questions.sort()).toEqual(["api /etc/berth", "api limits", "carrier /berth/files"]);
});

it("what goes while it is looked at is no difference, and an engine that fails is an error", async () => {
  for (const status of [404, 409])
    expect(await changedOn(engine(status).docker, checkpoint, held)).toEqual([]);
  await expect(changedOn(engine(500).docker, checkpoint, held)).rejects.toThrow("gone");
});

it("files are read by who runs, where reading by their carrier would make a folder or fail, and by the next where one fails", async () => {
  const [first, second] = held.containers;
  const bound = { ...second, Mounts: [{ Type: "bind", Source: "/backups" }, ...mounted("/berth/files")] };
  const other = { ...second, Id: "other" };
  const read = async (containers: unknown[], shut: string[] = []) => {
    const { docker, questions } = engine();
    const container = (id: string) => {
      const own = docker.getContainer(id);
      const fails = () => (questions.push(`${id} fails`), gone(500));
      return {
        inspect: () => own.inspect(),
        getArchive: (options: { path: string }) => (shut.includes(id) ? fails() : own.getArchive(options)),
      };
    };
    const shy = { getContainer: container } as unknown as Docker;
    const changed = await changedOn(shy, checkpoint, { containers, volumes: [] } as unknown as Owned);
    return [
      questions.filter((one) => !one.endsWith(" limits")),
      changed.some(({ what }) => what.includes("missing")),
    ];
  };
  expect(await read([bound, first])).toEqual([["api /etc/berth"], true]);
  expect(await read([bound, other])).toEqual([["other /berth/files"], true]);
  expect(await read([first, second], ["carrier"])).toEqual([["carrier fails", "api /etc/berth"], true]);
  expect(await read([bound], ["carrier"])).toEqual([["carrier fails"], false]);
  await expect(read([first, bound], ["api"])).rejects.toThrow("gone");
});
