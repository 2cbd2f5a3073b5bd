import assert from "node:assert/strict";
import type Docker from "dockerode";
import type { ContainerInfo } from "dockerode";
import { test } from "vitest";
import { withImageNames } from "../../../cli/docker/imageNames.ts";

const images = [
  { Id: "sha256:1", RepoTags: ["other/api:1", "api:2"], RepoDigests: null },
  { Id: "sha256:2", RepoTags: ["<none>:<none>"], RepoDigests: ["api@sha256:abc"] },
  { Id: "sha256:3", RepoTags: null, RepoDigests: null },
];
const docker = { listImages: () => Promise.resolve(images) } as unknown as Docker;

async function named(id: string, wanted?: string): Promise<string | undefined> {
  const container = {
    ImageID: id,
    Image: id,
    Labels: { "berth.service": "api" },
  } as unknown as ContainerInfo;
  const settings = wanted === undefined ? {} : { api: { image: wanted } };
  return (await withImageNames(docker, [container], settings))[0]?.Image;
}

test("a container's image is told by the name its settings have, else by any, else by its id", async () => {
  assert.equal(await named("sha256:1", "api:2"), "api:2");
  assert.equal(await named("sha256:1", "api:3"), "other/api:1");
  assert.equal(await named("sha256:2"), "api@sha256:abc");
  assert.equal(await named("sha256:3"), "sha256:3");
  assert.equal(await named("sha256:4"), "sha256:4");
});
