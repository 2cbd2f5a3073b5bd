/** An IPv4 packet of a capture. */
export interface Packet {
  source: string;
  target: string;
  /** By IANA's numbers: 6 is TCP, 17 UDP, 50 ESP. */
  protocol: number;
  /** UDP's or TCP's port where it goes to, 0 of others and of a fragment that isn't the first. */
  port: number;
  /** The whole frame, as it was on the wire. */
  frame: Buffer;
}

/** What goes between the machines of an overlay: encrypted, in the clear, or for the swarm itself. */
export type Sort = "encrypted" | "clear" | "other";

const headerSize = 24;
const recordSize = 16;
const ethernetSize = 14;
const little = 0xa1b2c3d4;
const ipv4 = 0x0800;
const ports = new Set([6, 17]);

/**
 * The IPv4 packets of a capture of Ethernet frames in libpcap's classic format, as QEMU's filter-dump writes it in the
 * order of bytes of an x86 (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html). A record that is being
 * written is left out.
 *
 * @throws where it is no such capture
 */
export function packetsIn(capture: Buffer): Packet[] {
  if (capture.length < headerSize || capture.readUInt32LE(0) !== little || capture.readUInt32LE(20) !== 1)
    throw new Error("capture: must be Ethernet frames in libpcap's format, little-endian, in microseconds");
  const packets: Packet[] = [];
  let place = headerSize;
  while (place + recordSize <= capture.length) {
    const size = capture.readUInt32LE(place + 8);
    const frame = capture.subarray(place + recordSize, place + recordSize + size);
    if (frame.length < size) break;
    place += recordSize + size;
    const packet = packetIn(frame);
    if (packet !== undefined) packets.push(packet);
  }
  return packets;
}

/** VXLAN's port of Docker's overlays, and IP's number of ESP (RFC 7348, RFC 4303). */
export function sortOf({ protocol, port }: Packet): Sort {
  if (protocol === 50) return "encrypted";
  return protocol === 17 && port === 4789 ? "clear" : "other";
}

function packetIn(frame: Buffer): Packet | undefined {
  if (frame.length < ethernetSize + 20 || frame.readUInt16BE(12) !== ipv4) return undefined;
  const packet = frame.subarray(ethernetSize);
  const protocol = packet.readUInt8(9);
  const begin = (packet.readUInt8(0) & 0x0f) * 4;
  const whole = (packet.readUInt16BE(6) & 0x1fff) === 0 && packet.length >= begin + 4;
  return {
    source: packet.subarray(12, 16).join("."),
    target: packet.subarray(16, 20).join("."),
    protocol,
    port: ports.has(protocol) && whole ? packet.readUInt16BE(begin + 2) : 0,
    frame,
  };
}
