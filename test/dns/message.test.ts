import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readResponse, recordType, writeQuery } from "../../src/dns/message.ts";
import { nameBytesMax, normalName, readName } from "../../src/dns/name.ts";

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** A response to a question for `a.test`, with what follows it. */
function response(after: string, answers: number, flags = "8180"): Uint8Array {
  const count = answers.toString(16).padStart(4, "0");
  return bytes(`1234 ${flags} 0001 ${count} 0000 0000 0161047465737400 0001 0001 ${after}`);
}

const address = "c00c 0001 0001 00000001 0004 0a000001";

describe("a query", () => {
  test("is the bytes that HAProxy sends", () => {
    const captured = "526e 0100 0001 0000 0000 0001 0161047465737400 0001 0001 " +
      "00 0029 0200 00000000 0000";
    const question = { name: "a.test", type: recordType.a };
    expect(writeQuery(0x526e, question, 512)).toEqual(bytes(captured));
  });
});

describe("a name", () => {
  test.each([
    ["A.Test.", "a.test"],
    ["a..test", undefined],
    ["", undefined],
    [".", undefined],
    ["a".repeat(64) + ".test", undefined],
    ["a".repeat(63) + ".test", "a".repeat(63) + ".test"],
    [Array(128).fill("a").join("."), undefined],
    [Array(127).fill("a").join("."), Array(127).fill("a").join(".")],
    ["a b.test", undefined],
    ["a\\.test", undefined],
    ["_http._tcp.test", "_http._tcp.test"],
  ])("%s is asked for as %s", (text, name) => {
    expect(normalName(text)).toBe(name);
  });

  test("tells a dot in a label from one between labels", () => {
    expect(readName(bytes("03612e62 00"), 0)?.name).toBe("a\\.b");
  });

  test.each([
    ["points to itself", "c000", 0],
    ["points forward", "c002 00", 0],
    ["points to what points back", "c002 c000", 2],
    ["goes on behind a pointer to its own start", "0161 c000", 0],
    ["has a label that goes beyond the message", "0561", 0],
    ["has no end", "0161", 0],
    ["has half a pointer", "c0", 0],
    ["has a label of a kind that is not there", "4161 00", 0],
  ])("that %s is broken", (_, hex, at) => {
    expect(readName(bytes(hex), at)).toBeUndefined();
  });

  test("is no longer than names may be, however many pointers make it", () => {
    // Each name is a label and a pointer to the one before.
    const chain = [
      "00",
      ...Array.from({ length: 200 }, (_, i) => {
        const target = i === 0 ? 0 : 1 + (i - 1) * 4;
        return `0161 ${(0xc000 + target).toString(16)}`;
      }),
    ];
    const message = bytes(chain.join(""));
    const at = (labels: number) => 1 + (labels - 1) * 4;
    expect(readName(message, at(127))?.name).toHaveLength(nameBytesMax - 2);
    expect(readName(message, at(128))).toBeUndefined();
  });
});

describe("a response", () => {
  test("gives addresses and the names between", () => {
    const records = "c00c 0005 0001 00000001 0007 047265616cc00e" +
      "047265616c047465737400 0001 0001 00000001 0004 7f000001";
    expect(readResponse(response(records, 2))).toMatchObject({
      id: 0x1234,
      code: 0,
      isTruncated: false,
      question: { name: "a.test", type: 1 },
      answerCount: 2,
      answers: [{ kind: "alias", owner: "a.test", target: "real.test" }, {
        kind: "address",
        owner: "real.test",
      }],
    });
  });

  test("is counted with the records that are passed over", () => {
    const text = "c00c 0010 0001 00000001 0003 026869";
    const read = readResponse(response(text + address, 2))!;
    expect(read.answerCount).toBe(2);
    expect(read.answers.map((record) => "address" in record && String(record.address)))
      .toEqual(["10.0.0.1"]);
  });

  test.each([
    ["is a query", response(address, 1, "0100")],
    ["has another operation", response(address, 1, "a180")],
    ["promises a record that is not there", response(address, 2)],
    ["has an address of three bytes", response("c00c 0001 0001 00000001 0003 0a0000", 1)],
    ["has a record that goes beyond its end", response("c00c 0001 0001 00000001 0005 0a000001", 1)],
    [
      "has a name that goes beyond its record",
      response("c00c 0005 0001 00000001 0001 0161c00e", 1),
    ],
    ["has two questions", bytes("1234 8180 0002 0000 0000 0000 0161047465737400 0001 0001")],
    ["is shorter than a header", bytes("1234 8180 0001")],
  ])("that %s is none", (_, message) => {
    expect(readResponse(message)).toBeUndefined();
  });

  test("that is truncated is read up to its question", () => {
    const read = readResponse(response("c00c 00", 3, "8380"));
    expect(read).toMatchObject({ isTruncated: true, answers: [] });
  });

  test("of any bytes is read or refused, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (message) => {
        readResponse(message);
      }),
      { numRuns: 2000 },
    );
  });

  test("that was changed anywhere is read or refused, with names that names can be", () => {
    const records = "c00c 0005 0001 00000001 0007 047265616cc00e" + `c024${address.slice(4)}`;
    const whole = response(records, 2);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const message = whole.slice();
        for (const [at, value] of changes) message[at] = value;
        for (const record of readResponse(message)?.answers ?? []) {
          expect(record.owner.length).toBeLessThan(2 * nameBytesMax);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
