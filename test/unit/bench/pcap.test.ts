import assert from "node:assert/strict";
import { test } from "vitest";
import { packetsIn, sortOf } from "../../../bench/pcap.ts";

/** What libpcap writes first: its number, version 2.4, two fields that nobody uses, the longest frame, Ethernet. */
const header = words(0xa1b2c3d4, 0x00040002, 0, 0, 65_536, 1);

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value, index * 4);
  return buffer;
}

/** A frame of IPv4, or of another type, from 10.99.0.1 to 10.99.0.2. */
function frame(protocol: number, payload: Buffer, { type = 0x0800, fragment = 0 } = {}): Buffer {
  const ethernet = Buffer.alloc(14);
  ethernet.writeUInt16BE(type, 12);
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(fragment, 6);
  ip.writeUInt8(protocol, 9);
  Buffer.from([10, 99, 0, 1, 10, 99, 0, 2]).copy(ip, 12);
  return Buffer.concat([ethernet, ip, payload]);
}

const record = (content: Buffer): Buffer =>
  Buffer.concat([words(0, 0, content.length, content.length), content]);
const udp = (port: number, text: string): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(port, 2);
  return Buffer.concat([head, Buffer.from(text)]);
};

test("packets are told by who sends them where, and by what they are for", () => {
  const packets = packetsIn(
    Buffer.concat([
      header,
      record(frame(50, Buffer.from("sealed"))),
      record(frame(17, udp(4789, "a word"))),
      record(frame(17, udp(7946, "gossip"))),
      record(frame(6, udp(4789, "TCP, which VXLAN isn't"))),
    ]),
  );
  assert.deepEqual(packets.map(sortOf), ["encrypted", "clear", "other", "other"]);
  assert.deepEqual([packets[0]?.source, packets[0]?.target], ["10.99.0.1", "10.99.0.2"]);
  assert.deepEqual(
    packets.map(({ frame }) => frame.includes("a word")),
    [false, true, false, false],
  );
});

test("what isn't IPv4, and a record that is half written, are left out, and a later fragment has no port", () => {
  const whole = record(frame(17, udp(4789, "end"), { fragment: 100 }));
  const arp = record(frame(0, Buffer.alloc(8), { type: 0x0806 }));
  const packets = packetsIn(Buffer.concat([header, arp, whole, whole.subarray(0, whole.length - 1)]));
  assert.deepEqual(
    packets.map(({ port }) => port),
    [0],
  );
});

test("another format is refused", () => {
  const message = "capture: must be Ethernet frames in libpcap's format, little-endian, in microseconds";
  const nanoseconds = words(0xa1b23c4d, 0x00040002, 0, 0, 65_536, 1);
  for (const other of [Buffer.alloc(0), nanoseconds, words(0xa1b2c3d4, 0x00040002, 0, 0, 65_536, 101)])
    assert.throws(() => packetsIn(other), { message });
});
