import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { isReleaseImage, releaseImage, shortId } from "../../../../lib/releaseImage.ts";
import { Refusal } from "../../../../cli/refusal.ts";
import { checkKept, lookForImages, type Kept } from "../../../../cli/rollback/kept.ts";
import { pinsFor, tagKept, unnamed, withPins } from "../../../../cli/rollback/pins.ts";

const id = `sha256:0123456789abcdef${"0".repeat(48)}`;
const digest = `registry.example/team/api@sha256:${"a".repeat(64)}`;
const image = (RepoDigests: string[] | null) => ({ Id: id, RepoDigests }) as Kept["image"];

/** What a swarm's managers say on a container of theirs. */
const ofSwarm = { "com.docker.swarm.service.id": "s1" };

/** A Docker Engine that runs `services`, and has `images` of these digests; it keeps the tags that it is given. */
function engine(services: string[], images: string[], digests: string[] | null = null, more: object = {}) {
  const tags: string[] = [];
  const docker = {
    listContainers: () =>
      Promise.resolve(services.map((name) => ({ Labels: { "berth.service": name, ...more } }))),
    listNetworks: () => Promise.resolve([]),
    listVolumes: () => Promise.resolve({ Volumes: null }),
    getImage: (name: string) => ({
      inspect: () =>
        images.includes(name)
          ? Promise.resolve(image(digests))
          : Promise.reject(Object.assign(new Error("no such image"), { statusCode: 404 })),
      tag: ({ repo, tag }: { repo: string; tag: string }) =>
        Promise.resolve(tags.push(`${name} ${repo}:${tag}`)),
    }),
  } as unknown as Docker;
  return { docker, tags };
}

describe("images of an earlier release", () => {
  it("are looked for on the machines that run the application, else on the stack's own", async () => {
    const [own, beside] = [engine(["api"], []), engine(["worker"], [id])];
    const dockers = [own.docker, beside.docker];
    const found = await lookForImages(dockers, "dev", { api: id, worker: id, gone: id });
    expect(found.gone).toEqual(["api", "gone"]);
    expect(found.kept).toEqual([
      { service: "worker", sought: id, image: image(null), dockers: [beside.docker] },
    ]);
  });

  it("have to be on each of several", async () => {
    const dockers = [engine(["api"], [id]).docker, engine(["api"], []).docker];
    expect((await lookForImages(dockers, "dev", { api: id })).gone).toEqual(["api"]);
  });

  it("have to be on each machine of a swarm, whichever of them runs it now, or none", async () => {
    const runs = (images: string[]) => engine(["api"], images, null, ofSwarm).docker;
    const idle = (images: string[]) => engine([], images).docker;
    const [all, lacking] = [
      [idle([id]), runs([id])],
      [idle([]), runs([id])],
    ];
    const kept = (await lookForImages(all, "dev", { api: id })).kept;
    expect(kept.map(({ dockers }) => dockers)).toEqual([all]);
    expect((await lookForImages(lacking, "dev", { api: id })).gone).toEqual(["api"]);
    const none = [idle([id]), idle([])];
    expect((await lookForImages(none, "dev", { api: id })).gone).toEqual([]);
    expect((await lookForImages(none, "dev", { api: id }, ["api"])).gone).toEqual(["api"]);
  });

  it("are named where they are gone", () => {
    expect(() => {
      checkKept(5, { api: id, worker: id }, ["api"]);
    }).toThrow(
      new Refusal([
        `rollback: must have the image of api in release 5 on its machine, got no ${id} there; build or pull it again so that its id is the same, or take another release of berth rollback --list`,
      ]),
    );
    checkKept(5, { api: id }, []);
  });

  it("are pinned by digest, and what no registry gave by a tag of its own on its machines", async () => {
    const { docker, tags } = engine([], [id]);
    const here = engine([], [id]);
    const kept = [
      { service: "api", sought: id, image: image([digest]), dockers: [docker] },
      { service: "worker", sought: id, image: image(null), dockers: [docker] },
      { service: "beat", sought: id, image: image(["<none>@<none>"]), dockers: [docker] },
    ];
    const pins = await pinsFor(kept, {}, here.docker);
    expect(pins).toEqual({
      api: digest,
      worker: "berth-release/worker:0123456789ab",
      beat: "berth-release/beat:0123456789ab",
    });
    await tagKept(kept, pins, here.docker);
    expect(here.tags).toEqual(tags);
    expect(tags).toEqual([
      `${id} berth-release/worker:0123456789ab`,
      `${id} berth-release/beat:0123456789ab`,
    ]);
  });

  const pinned = async (
    digests: string[] | null,
    { sought = id, settings = "", here = engine([], []) } = {},
  ) => {
    const pins = await pinsFor(
      [{ service: "api", sought, image: image(digests) }],
      { api: settings },
      here.docker,
    );
    return pins.api;
  };

  it("are pinned by the digest of the repository that settings name, whichever comes first", async () => {
    const all = [`mirror.example/api@sha256:${"b".repeat(64)}`, digest];
    expect(await pinned(all, { settings: "registry.example/team/api:2" })).toBe(digest);
    expect(await pinned(all, { settings: "berth-release/api:1" })).toBe(all[0]);
  });

  it("stay as the record has them where that is by digest", async () => {
    const sought = `ghcr.io/x/api:1.0@sha256:${"a".repeat(64)}`;
    expect(await pinned([digest], { sought })).toBe(sought);
  });

  it("have the digest that they were sent from, but not one that says no more than their id", async () => {
    expect(await pinned(null, { here: engine([], [id], [digest]) })).toBe(digest);
    const own = "berth-release/api:0123456789ab";
    expect(await pinned(null, { here: engine([], [id], [`berth/api@${id}`]) })).toBe(own);
  });

  it("need no pin after a run that failed where settings mean them for sure", async () => {
    const kept: Kept = { service: "api", sought: id, image: image([digest]), dockers: [] };
    const here = engine([], ["now:1"]);
    const left = async (settings: string, locked = {}) =>
      (await unnamed([kept], { api: settings }, here.docker, new Map(Object.entries(locked)))).length;
    expect(await left("now:1")).toBe(0);
    expect(await left("failed:2")).toBe(1);
    expect(await left(digest)).toBe(0);
    expect(await left(digest.replaceAll("a", "b"))).toBe(1);
    expect(await left("team:1", { "team:1": digest.split("@")[1] })).toBe(0);
    expect(await left(releaseImage("api", id))).toBe(0);
    expect(await left(releaseImage("api", "sha256:another"))).toBe(1);
  });
});

it("a name that an image is kept under is one that Docker takes, and known again", () => {
  const names = ["api", "attn_backend_api", "-Odd Name-", "…"].map((service) => releaseImage(service, id));
  expect(names).toEqual([
    "berth-release/api:0123456789ab",
    "berth-release/attn-backend-api:0123456789ab",
    "berth-release/odd-name:0123456789ab",
    "berth-release/service:0123456789ab",
  ]);
  expect(names.map(isReleaseImage)).toEqual([true, true, true, true]);
  expect(shortId(digest)).toBe("a".repeat(12));
  expect(isReleaseImage("registry.example/berth-release/api:1")).toBe(false);
});

describe("the stack's file", () => {
  const text = `# The team's.
config:
  berth:system: loc8
  berth:images:
    api: registry.example/team/api:2 # nightly
    web:
      build: ../web
encryptionsalt: v1:salt
`;
  const pin = (pins: Record<string, string>, given = text) =>
    withPins(given, "Pulumi.dev.yaml", pins, "berth rollback: release 5");

  it("names the image, and beside it a person's own remark, why and what was there; no other letter of it changes", () => {
    expect(pin({ api: digest })).toBe(
      text.replace(
        "registry.example/team/api:2 # nightly",
        `"${digest}" # nightly; berth rollback: release 5, instead of registry.example/team/api:2`,
      ),
    );
  });

  it("remembers how an image was built", () => {
    expect(pin({ web: "berth-release/web:0123" })).toBe(
      text.replace(
        "\n      build: ../web",
        ' "berth-release/web:0123" # berth rollback: release 5, instead of {"build":"../web"}',
      ),
    );
  });

  it("gets images where it had none", () => {
    expect(pin({ beat: digest }, "config:\n  berth:system: loc8\n")).toBe(
      `config:\n  berth:system: loc8\n  berth:images:\n    beat: "${digest}" # berth rollback: release 5, instead of the system's own\n`,
    );
  });

  it("gets no remark of what was there where that is JSON in a text", () => {
    expect(pin({ api: digest }, `config:\n  berth:images: '{"api":"old:1"}'\n`)).toBe(
      `config:\n  berth:images:\n    "api": "${digest}" # berth rollback: release 5\n`,
    );
  });

  it("keeps a remark on an image that was built", () => {
    const given = text.replace("build: ../web", "build: ../web # of the team");
    expect(pin({ web: "berth-release/web:0123" }, given)).toContain(
      '    web: "berth-release/web:0123" # of the team; berth rollback: release 5, instead of {"build":"../web"}\n',
    );
  });

  it("gets the image where its others are, under a key without a namespace too", () => {
    expect(pin({ api: digest }, "config:\n  images:\n    api: old:1\n    web: web:1\n")).toBe(
      `config:\n  images:\n    api: "${digest}" # berth rollback: release 5, instead of old:1\n    web: web:1\n`,
    );
  });

  it("is left alone where its images are encrypted", () => {
    expect(() => pin({ api: digest }, "config:\n  berth:images:\n    secure: v1:abc\n")).toThrow(
      'Pulumi.dev.yaml: must lead into a map, got "images.api" where images is encrypted',
    );
  });
});
