import { describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Address } from "../../src/lang/address.ts";
import { crc32c } from "../../src/net/proxy_protocol/crc32c.ts";
import type { AddressPair, ProxyReading, Tlv } from "../../src/net/proxy_protocol/header.ts";
import { readProxyHeader } from "../../src/net/proxy_protocol/read.ts";
import { writeV1, writeV2 } from "../../src/net/proxy_protocol/write.ts";

const signature = "\r\n\r\n\0\r\nQUIT\n";

function read(text: string): ProxyReading {
  return readProxyHeader(Buffer.from(text, "latin1"));
}

/** The outcome in one line: `PROXY tcp4 1.2.3.4:1 5.6.7.8:2 +0`, or what is wrong. */
function outcome(text: string): string {
  const reading = read(text);
  switch (reading.kind) {
    case "incomplete":
      return `more, ${reading.bytesMin}`;
    case "invalid":
      return reading.fault;
    case "complete": {
      const { command, addresses: a, tlvs } = reading.header;
      const ends = a.family === "unknown"
        ? ""
        : a.family === "unix"
        ? ` ${a.src} ${a.dst}`
        : ` ${a.src}:${a.srcPort} ${a.dst}:${a.dstPort}`;
      const values = tlvs.map(({ type, value }) => ` ${type}=${value}`).join("");
      return `${command} ${a.family}${ends}${values} +${text.length - reading.length}`;
    }
  }
}

function v2(command: number, family: number, rest: string): string {
  const length = Buffer.from([rest.length >> 8, rest.length & 255]).toString("latin1");
  return signature + String.fromCharCode(command, family) + length + rest;
}

function tlv(type: number, value: string): string {
  return String.fromCharCode(type, value.length >> 8, value.length & 255) + value;
}

const ends4 = "\x01\x02\x03\x04\x05\x06\x07\x08\x00\x0b\x00\x16";
const ends6 = "\x20\x01\x0d\xb8" + "\0".repeat(11) + "\x01" + "\0".repeat(15) + "\x01" +
  "\x00\x0b\x00\x16";

describe("version 1", () => {
  for (
    const [text, expected] of [
      ["PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\nGET", "PROXY tcp4 1.2.3.4:11 5.6.7.8:22 +3"],
      [
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
        "PROXY tcp4 255.255.255.255:65535 255.255.255.255:65535 +0",
      ],
      ["PROXY TCP6 2001:db8::1 ::1 0 22\r\n", "PROXY tcp6 2001:db8::1:0 ::1:22 +0"],
      ["PROXY UNKNOWN\r\nX", "PROXY unknown +1"],
      ["PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "PROXY unknown +0"],
      ["PROXY TCP4 01.2.3.4 5.6.7.8 11 22\r\n", "bad-header"],
      ["PROXY TCP4 1.2.3.444 5.6.7.8 11 22\r\n", "bad-header"],
      ["PROXY TCP4 1.2.3.4 5.6.7.8 011 22\r\n", "bad-header"],
      ["PROXY TCP4 1.2.3.4 5.6.7.8 65536 22\r\n", "bad-header"],
      ["PROXY TCP4 1.2.3.4 5.6.7.8  22\r\n", "bad-header"],
      ["PROXY TCP4 1.2.3.4 5.6.7.8 11\r\n", "bad-header"],
      ["PROXY TCP4 1.2.3.4 5.6.7.8 11 22 x\r\n", "bad-header"],
      ["PROXY TCP4  1.2.3.4 5.6.7.8 11 22\r\n", "bad-header"],
      ["PROXY TCP4 1.2.3.4 5.6.7.8 11 22\n", "bad-header"],
      ["PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\r\n", "bad-header"],
      ["PROXY TCP4 ::1 ::2 11 22\r\n", "bad-header"],
      ["PROXY TCP6 1.2.3.4 ::2 11 22\r\n", "bad-header"],
      ["PROXY UDP4 1.2.3.4 5.6.7.8 11 22\r\n", "bad-protocol"],
      ["PROXY \r\n", "bad-protocol"],
      ["PROXY UNKNOWN " + "x".repeat(91) + "\r\n", "PROXY unknown +0"],
      ["PROXY UNKNOWN " + "x".repeat(92) + "\r\n", "bad-header"],
      ["PROXY UNKNOWN " + "x".repeat(92), "more, 107"],
      ["PROXY UNKNOWN " + "x".repeat(93), "bad-header"],
      ["", "more, 1"],
      ["PRO", "more, 4"],
      ["PROXY", "more, 6"],
      ["PROXY\r\n", "not-a-header"],
      ["proxy TCP4", "not-a-header"],
      ["GET / HTTP/1.1\r\n", "not-a-header"],
      ["POST", "not-a-header"],
    ] as const
  ) {
    test(JSON.stringify(text.slice(0, 60)), () => expect(outcome(text)).toBe(expected));
  }
});

describe("version 2", () => {
  const plain = v2(0x21, 0x11, ends4);
  for (
    const [name, text, expected] of [
      ["TCP over IPv4", plain + "GET", "PROXY tcp4 1.2.3.4:11 5.6.7.8:22 +3"],
      ["TCP over IPv6", v2(0x21, 0x21, ends6), "PROXY tcp6 2001:db8::1:11 ::1:22 +0"],
      [
        "a unix stream",
        v2(0x21, 0x31, "/a".padEnd(108, "\0") + "/b".padEnd(108, "\0")),
        "PROXY unix /a /b +0",
      ],
      ["datagrams", v2(0x21, 0x12, ends4 + tlv(2, "a")), "PROXY unknown 2=a +0"],
      ["an unspecified family", v2(0x21, 0x00, "anything"), "PROXY unknown +0"],
      ["LOCAL, whatever it says", v2(0x20, 0x11, ends4 + "\x03\x00\x09x"), "LOCAL unknown +0"],
      [
        "values",
        v2(0x21, 0x11, ends4 + tlv(2, "a.b") + tlv(0xe1, "")),
        "PROXY tcp4 " +
        "1.2.3.4:11 5.6.7.8:22 2=a.b 225= +0",
      ],
      ["another command", v2(0x22, 0x11, ends4), "bad-header"],
      ["another version", v2(0x11, 0x11, ends4), "not-a-header"],
      ["another version, at once", signature + "\x11", "not-a-header"],
      ["another family", v2(0x21, 0x41, ends4), "bad-header"],
      ["another transport", v2(0x21, 0x13, ends4), "bad-header"],
      ["addresses cut short", v2(0x21, 0x11, ends4.slice(1)), "bad-header"],
      ["a value's head cut short", v2(0x21, 0x11, ends4 + "\x02\x00"), "bad-header"],
      ["a value cut short", v2(0x21, 0x11, ends4 + "\x02\x00\x09a"), "bad-header"],
      ["an authority too long", v2(0x21, 0x11, ends4 + tlv(2, "a".repeat(256))), "bad-header"],
      ["a unique id too long", v2(0x21, 0x11, ends4 + tlv(5, "a".repeat(129))), "bad-header"],
      ["a value too long", v2(0x21, 0x11, ends4 + tlv(0xe0, "a".repeat(1025))), "bad-header"],
      ["a wrong checksum", v2(0x21, 0x11, ends4 + tlv(3, "abcd")), "bad-header"],
      ["a short checksum", v2(0x21, 0x11, ends4 + tlv(3, "abc")), "bad-header"],
      ["the longest", v2(0x20, 0, "x".repeat(16368)), "LOCAL unknown +0"],
      ["one longer, told by its length", v2(0x20, 0, "x".repeat(16369)).slice(0, 16), "truncated"],
      ["a part of the signature", signature.slice(0, 9), "more, 10"],
      ["the signature", signature, "more, 16"],
      ["all but one byte", plain.slice(0, -1), "more, 28"],
    ] as const
  ) {
    test(name, () => expect(outcome(text)).toBe(expected));
  }

  test("a checksum that HAProxy 2.6 made holds", () => {
    // send-proxy-v2 proxy-v2-options crc32c,unique-id: 127.0.0.1:40762 to 127.0.0.1:18183.
    const sent = signature + "!\x11\x00;\x7f\x00\x00\x01\x7f\x00\x00\x01\x9f:G\x07" +
      "\x03\x00\x04\xc3\xa9\xc3\xc9\x05\x00%99ed9e93-7d23-4bcb-a56f-7af5f4234ac0x";
    expect(outcome(sent)).toBe(
      "PROXY tcp4 127.0.0.1:40762 127.0.0.1:18183 3=\xc3\xa9\xc3\xc9 " +
        "5=99ed9e93-7d23-4bcb-a56f-7af5f4234ac0x +0",
    );
    expect(outcome(sent.replace("99ed", "99ee"))).toBe("bad-header");
  });

  test("CRC32C of the check sequence", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  });
});

describe("what is written", () => {
  const pair = (src: string, dst: string): AddressPair => ({
    src: Address.parse(src)!,
    srcPort: 11,
    dst: Address.parse(dst)!,
    dstPort: 22,
  });

  test("version 1", () => {
    expect(writeV1(pair("1.2.3.4", "5.6.7.8"))).toBe("PROXY TCP4 1.2.3.4 5.6.7.8 11 22\r\n");
    expect(writeV1(pair("::1", "2001:db8::2"))).toBe("PROXY TCP6 ::1 2001:db8::2 11 22\r\n");
    expect(writeV1(pair("1.2.3.4", "::1"))).toBe("PROXY TCP6 ::ffff:1.2.3.4 ::1 11 22\r\n");
    expect(writeV1(undefined)).toBe("PROXY UNKNOWN\r\n");
  });

  test("version 2", () => {
    expect(writeV2(pair("1.2.3.4", "5.6.7.8"), [])).toBe(v2(0x21, 0x11, ends4));
    expect(writeV2(pair("2001:db8::1", "::1"), [])).toBe(v2(0x21, 0x21, ends6));
    expect(writeV2(undefined, [{ type: 0xe1, value: "x" }])).toBe(v2(0x20, 0, tlv(0xe1, "x")));
    expect(outcome(writeV2(pair("::1", "1.2.3.4"), []))).toBe(
      "PROXY tcp6 ::1:11 ::ffff:1.2.3.4:22 +0",
    );
  });

  test("a value for which there is no room is left out, the next one is not", () => {
    const long = { type: 0xe1, value: "x".repeat(16368) };
    const short = { type: 0xe2, value: "y" };
    expect(writeV2(undefined, [long, short])).toBe(v2(0x20, 0, tlv(0xe2, "y")));
  });
});

const anyAddress = fc.oneof(
  fc.nat(0xffffffff).map((word) => Address.v4(word)),
  fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff))
    .map(([a, b, c, d]) => Address.v6(a, b, c, d)),
);
const port = fc.nat(65535);
const anyPair = fc.record({ src: anyAddress, srcPort: port, dst: anyAddress, dstPort: port });
const anyTlvs = fc.array(
  fc.record({
    type: fc.integer({ min: 6, max: 255 }),
    value: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  }),
  { maxLength: 4 },
);
const anyHeader = fc.oneof(
  anyPair.map(writeV1),
  fc.tuple(fc.option(anyPair, { nil: undefined }), anyTlvs, fc.boolean()).map(
    ([pair, tlvs, checked]) => writeV2(pair, checked ? ["checksum", ...tlvs] : tlvs),
  ),
);

/** Reads as a connection does: piece by piece, again whenever enough has come. */
function readInPieces(text: string, cuts: readonly number[]): ProxyReading {
  let wanted = 1;
  let reading: ProxyReading = { kind: "incomplete", bytesMin: 1 };
  for (const end of [...cuts.map((cut) => cut % text.length).sort((a, b) => a - b), text.length]) {
    if (reading.kind !== "incomplete" || end < wanted) continue;
    reading = read(text.slice(0, end));
    if (reading.kind === "incomplete") wanted = reading.bytesMin;
  }
  return reading;
}

describe("properties", () => {
  test("what is written is read back", () => {
    fc.assert(fc.property(anyPair, anyTlvs, (pair, tlvs) => {
      const reading = read(writeV2(pair, [...tlvs, "checksum"]) + "rest");
      if (reading.kind !== "complete") throw new Error(reading.kind);
      const seen: readonly Tlv[] = reading.header.tlvs;
      expect(seen.slice(0, -1)).toEqual(tlvs);
      expect(outcome(writeV1(pair))).toBe(outcome(writeV2(pair, [])));
    }));
  });

  test("any way of cutting it into pieces gives the same", () => {
    fc.assert(fc.property(anyHeader, fc.array(fc.nat()), (header, cuts) => {
      const whole = header + "GET /";
      expect(readInPieces(whole, cuts)).toEqual(read(whole));
      const pieces = [...header].map((_, i) => i);
      expect(readInPieces(header, pieces)).toEqual(read(header));
    }));
  });

  test("it asks for more as long as something lacks, and never for too much", () => {
    fc.assert(fc.property(anyHeader, fc.nat(), (header, cut) => {
      const reading = read(header.slice(0, cut % header.length));
      if (reading.kind !== "incomplete") throw new Error(reading.kind);
      expect(reading.bytesMin).toBeLessThanOrEqual(header.length);
    }));
  });

  test("random bytes behind any start never throw, and end within the limits", () => {
    const start = fc.constantFrom("", "PROXY ", "PROXY TCP6 ", signature, signature + "!\x11\x00");
    fc.assert(fc.property(start, fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
      const reading = readProxyHeader(Buffer.concat([Buffer.from(text, "latin1"), bytes]));
      if (reading.kind === "incomplete") expect(reading.bytesMin).toBeLessThanOrEqual(16384);
      if (reading.kind === "complete") expect(reading.length).toBeLessThanOrEqual(16384);
    }));
  });
});
