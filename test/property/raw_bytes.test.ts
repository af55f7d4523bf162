import { expect, test } from "bun:test";
import fc from "fast-check";
import { readRdpCookie } from "../../src/lang/fetch/rdp_cookie_read.ts";
import type { Reading } from "../../src/lang/fetch/reading.ts";
import {
  readFirstProtocol,
  readHandshakeType,
  readHasCurves,
  readServerName,
  readSessionTicket,
  readVersion,
} from "../../src/lang/fetch/tls_hello.ts";
import { hellos, patched, rdpPacket } from "../language/raw_bytes.ts";

type Reader = (bytes: string) => Reading<unknown>;

const tlsReaders: readonly Reader[] = [
  readFirstProtocol,
  readHandshakeType,
  readHasCurves,
  readServerName,
  readSessionTicket,
  readVersion,
];
const rdpReaders: readonly Reader[] = ["", "mstshash", "other"]
  .map((name) => (bytes) => readRdpCookie(bytes, name));

const bytes = fc.uint8Array({ maxLength: 200 })
  .map((list) => String.fromCharCode(...list));

/** A real hello with a few bytes overwritten, anywhere or where its lengths stand. */
const brokenHello = fc.tuple(
  fc.constantFrom(...Object.values(hellos)),
  fc.array(
    fc.tuple(fc.oneof(fc.nat({ max: 160 }), fc.constantFrom(3, 4, 6, 7, 8, 43, 76)), fc.nat(255)),
    { maxLength: 4 },
  ),
).map(([hello, patches]) =>
  patches.reduce((text, [at, byte]) => patched(text, at, String.fromCharCode(byte)), hello)
);
const rdp = fc.array(
  fc.constantFrom("Cookie:", " ", "mstshash", "=", "user", "\r", "\n", "\r\n", "other", "\0"),
  { maxLength: 8 },
).map((parts) => rdpPacket(parts.join("")));

/** However the bytes are cut, an answer that was given before the last piece is the last one. */
function answersStay(readers: readonly Reader[], text: string): void {
  for (const reader of readers) {
    const whole = reader(text);
    for (let length = 0; length < text.length; length++) {
      const part = reader(text.substring(0, length));
      if (part !== "incomplete") expect<Reading<unknown>>(part).toEqual(whole);
    }
  }
}

test("a whole hello gives what it says, and every cut of it asks for more", () => {
  const readings = [
    [readServerName, "www.example.com"],
    [readFirstProtocol, "h2"],
    [readHandshakeType, 1],
    [readVersion, 0x30003],
    [readHasCurves, true],
    [readSessionTicket, 1],
  ] as const;
  for (const [reader, value] of readings) {
    expect<Reading<unknown>>(reader(hellos.tls13)).toEqual({ kind: "read", value });
    for (let length = 0; length < hellos.tls13.length; length++) {
      expect(reader(hellos.tls13.substring(0, length))).toBe("incomplete");
    }
  }
});

test("a broken hello never makes a reader throw or change an answer", () => {
  fc.assert(fc.property(brokenHello, (text) => answersStay(tlsReaders, text)), { numRuns: 300 });
});

test("any bytes never make a reader throw or change an answer", () => {
  fc.assert(
    fc.property(bytes, (text) => answersStay([...tlsReaders, ...rdpReaders], text)),
    { numRuns: 300 },
  );
});

test("an RDP packet never makes a reader throw or change an answer", () => {
  fc.assert(fc.property(rdp, (text) => answersStay(rdpReaders, text)), { numRuns: 500 });
});

test("a name lies within its hello", () => {
  fc.assert(
    fc.property(brokenHello, (text) => {
      for (const reader of [readServerName, readFirstProtocol]) {
        const reading = reader(text);
        if (typeof reading !== "string") expect(text).toContain(reading.value);
      }
    }),
    { numRuns: 500 },
  );
});
