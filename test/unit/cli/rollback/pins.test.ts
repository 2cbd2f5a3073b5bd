import type Docker from "dockerode";
import { describe, expect, it } from "vitest";
import { isReleaseImage, releaseImage, shortId } from "../../../../lib/releaseImage.ts";
import { Refusal } from "../../../../cli/refusal.ts";
import { checkKept, lookForImages, type Kept } from "../../../../cli/rollback/kept.ts";
import { pinsFor, tagKept, withPins } from "../../../../cli/rollback/pins.ts";

const id = `sha256:0123456789abcdef${"0".repeat(48)}`;
const digest = `registry.example/team/api@sha256:${"a".repeat(64)}`;
const image = (RepoDigests: string[] | null) => ({ Id: id, RepoDigests }) as Kept["image"];

/** A Docker Engine that runs `services`, and has `images`; it keeps the tags that it is given. */
function engine(services: string[], images: string[]) {
  const tags: string[] = [];
  const docker = {
    listContainers: () => Promise.resolve(services.map((name) => ({ Labels: { "berth.service": name } }))),
    listNetworks: () => Promise.resolve([]),
    listVolumes: () => Promise.resolve({ Volumes: null }),
    getImage: (name: string) => ({
      inspect: () =>
        images.includes(name)
          ? Promise.resolve(image(null))
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
    expect(found.kept).toEqual([{ service: "worker", image: image(null), dockers: [beside.docker] }]);
  });

  it("have to be on each of several", async () => {
    const dockers = [engine(["api"], [id]).docker, engine(["api"], []).docker];
    expect((await lookForImages(dockers, "dev", { api: id })).gone).toEqual(["api"]);
  });

  it("are named where they are gone", () => {
    expect(() => {
      checkKept(5, { api: id, worker: id }, ["api"]);
    }).toThrow(
      new Refusal([
        `rollback: must have the image of api in release 5 on its machine, got no ${id} there; pull it, or take another release of berth rollback --list`,
      ]),
    );
    checkKept(5, { api: id }, []);
  });

  it("are pinned by digest, and what no registry gave by a tag of its own on its machines", async () => {
    const { docker, tags } = engine([], [id]);
    const kept = [
      { service: "api", image: image([digest]), dockers: [docker] },
      { service: "worker", image: image(null), dockers: [docker] },
      { service: "beat", image: image(["<none>@<none>"]), dockers: [docker] },
    ];
    const pins = pinsFor(kept);
    expect(pins).toEqual({
      api: digest,
      worker: "berth-release/worker:0123456789ab",
      beat: "berth-release/beat:0123456789ab",
    });
    const here = engine([], [id]);
    await tagKept(kept, pins, here.docker);
    expect(here.tags).toEqual(tags);
    expect(tags).toEqual([
      `${id} berth-release/worker:0123456789ab`,
      `${id} berth-release/beat:0123456789ab`,
    ]);
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

  it("names the image, and beside it why and what was there; no other letter of it changes", () => {
    expect(pin({ api: digest })).toBe(
      text.replace(
        "registry.example/team/api:2 # nightly",
        `"${digest}" # berth rollback: release 5, instead of registry.example/team/api:2`,
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

  it("is left alone where its images are encrypted", () => {
    expect(() => pin({ api: digest }, "config:\n  berth:images:\n    secure: v1:abc\n")).toThrow(
      "images is encrypted",
    );
  });
});
