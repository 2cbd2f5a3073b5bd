import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "vitest";
import { firstError, unreachable, whyNoVendor } from "../../../toolchain/download.ts";

test("why the vendor can't be reached is said in words", () => {
  assert.equal(
    unreachable("get.pulumi.com", "ENOTFOUND"),
    "get.pulumi.com can't be reached, its name isn't known here",
  );
  assert.equal(unreachable("get.pulumi.com", "EPROTO"), "get.pulumi.com can't be reached, EPROTO");
});

test("a vendor that listens is reachable, one that doesn't is not", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  assert.equal(await whyNoVendor("127.0.0.1", port), undefined);
  server.close();
  await once(server, "close");
  assert.equal(await whyNoVendor("127.0.0.1", port), "127.0.0.1 can't be reached, the connection is refused");
});

test("of what the engine writes about a download, its error is told", () => {
  const text = [
    "[resource plugin docker-5.2.0] installing",
    "warning: Error downloading plugin: no such host",
    "error: [resource plugin docker-5.2.0] downloading from : failed all 5 attempts",
    "",
  ].join("\n");
  assert.equal(firstError(text), "[resource plugin docker-5.2.0] downloading from : failed all 5 attempts");
  assert.equal(firstError("killed"), undefined);
});
