import assert from "node:assert/strict";
import { test } from "vitest";
import { gce } from "../../../components/hosts/gce/kind.ts";
import { hostKinds } from "../../../components/hosts/registry.ts";
import { externalUrl } from "../../../settings/extras.ts";
import { hostsSchema } from "../../../settings/beside.ts";
import { storeForm } from "../../../services/objectStore/form.ts";
import * as z from "zod";

const stack = { kind: gce, kinds: hostKinds };

test("what a vendor runs is called so that it takes the names of all that belongs to it", () => {
  const verdict = (name: string) =>
    externalUrl(storeForm, stack, name).safeParse("managed").error?.issues[0]?.message;
  for (const name of ["media", "my-media-2", "my_media", "a".repeat(22)])
    assert.equal(verdict(name), undefined, name);
  const words = `${storeForm.words}; a vendor takes no such name: lower-case letters, digits and single dashes, at most 22, and nothing of Google's name`;
  for (const name of ["my__media", "a--b", "media-", "a".repeat(23), "google-media", "my-g00gle"])
    assert.equal(verdict(name), words, name);
});

test("a machine's name leaves room for what its vendor and Pulumi add", () => {
  const taken = (name: string) => hostsSchema(gce, hostKinds, z.unknown()).safeParse({ [name]: {} }).success;
  for (const name of ["gpu", "a".repeat(19), "sg", "sgx-1"]) assert.ok(taken(name), name);
  for (const name of ["a".repeat(20), "sg-1", "gce", "Gpu", "a_b", "1a", "a-"]) assert.ok(!taken(name), name);
});
