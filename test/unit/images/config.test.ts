import assert from "node:assert/strict";
import { test } from "vitest";
import { onlyFile } from "../../../toolchain/images/accountFiles.ts";
import { imageConfig } from "../../../toolchain/images/config.ts";

test("an image's config is read, whatever it leaves out", () => {
  const nothing = { user: "", entrypoint: [], command: [], labels: {}, ports: [], volumes: [] };
  for (const raw of [undefined, null, {}, { Entrypoint: null, Cmd: null, Labels: null, Volumes: null }])
    assert.deepEqual(imageConfig(raw), nothing);
  const whole = {
    User: "app",
    Entrypoint: ["/entrypoint.sh"],
    Cmd: ["serve", "--port", "80"],
    Labels: { a: "b" },
    ExposedPorts: { "80/tcp": {}, "443": {}, "53/udp": {} },
    Volumes: { "/data": {} },
    Healthcheck: { Test: ["CMD-SHELL", "true"], Timeout: 1, Interval: 0 },
  };
  assert.deepEqual(imageConfig(whole), {
    user: "app",
    entrypoint: ["/entrypoint.sh"],
    command: ["serve", "--port", "80"],
    labels: { a: "b" },
    ports: [80, 443],
    volumes: ["/data"],
    healthcheck: { test: ["CMD-SHELL", "true"], timeout: 1 },
  });
});

test("the one file of an archive is read by the size in its header", () => {
  const header = Buffer.alloc(512);
  header.write("passwd", 0);
  header.write("00000000005\0", 124);
  assert.equal(onlyFile(Buffer.concat([header, Buffer.from("app:x"), Buffer.alloc(507)])), "app:x");
  // A symbolic link has no content of its own.
  const link = Buffer.alloc(512);
  link.write("00000000000\0", 124);
  assert.equal(onlyFile(link), "");
  assert.equal(onlyFile(Buffer.alloc(0)), "");
});
