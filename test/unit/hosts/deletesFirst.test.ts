import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { test } from "vitest";
import { deletesFirst } from "../../../components/containers/deletesFirst.ts";
import type { OnHost } from "../../../components/containers/host.ts";

const owned: OnHost = { replaceWith: [] };
/** One that was there before, and may leave. */
const found = { deletedWith: {} } as OnHost;

function inside(preview: boolean, onHost: OnHost): boolean {
  const mocks = {
    newResource: () => Promise.resolve({ id: "", state: {} }),
    call: () => Promise.resolve({}),
  };
  void pulumi.runtime.setMocks(mocks, "project", "stack", preview);
  return deletesFirst({ onHost });
}

test("what may exist only once is deleted first in every run", () => {
  assert.equal(inside(false, owned), true);
  assert.equal(inside(false, found), true);
});

test("a preview leaves it to the other order where the machine may be another", () => {
  assert.equal(inside(true, owned), false);
  assert.equal(inside(true, found), true);
});
