import { expect, test } from "bun:test";
import fc from "fast-check";
import { ChunkReader, trailerBytesMax } from "../../src/http/chunk_reader.ts";
import {
  defaultHeadLimits,
  HeadProgress,
  readRequestHead,
  readResponseHead,
} from "../../src/http/head_reader.ts";
import { RequestHead } from "../../src/http/request_head.ts";
import { ResponseHead } from "../../src/http/response_head.ts";

/** Text that is nearly a message: its parts are what parsers stumble over. */
const nearlyHttp = fc.array(
  fc.oneof(
    fc.constantFrom(
      "GET",
      " ",
      "/",
      "HTTP/1.1",
      "\r\n",
      "\n",
      "\r",
      ":",
      "a",
      "Host",
      "\0",
      "\t",
      "chunked",
      "5",
      "0",
      ";",
      "\xff",
    ),
    fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.replace(/[^\0-\xff]/g, "x")),
  ),
  { maxLength: 60 },
).map((parts) => parts.join(""));

test("a head reader takes any bytes without throwing, and cuts don't change its answer", () => {
  fc.assert(
    fc.property(nearlyHttp, fc.nat(400), (text, cut) => {
      const whole = new HeadProgress();
      const wholeHead = new RequestHead();
      const state = readRequestHead(text, wholeHead, whole, defaultHeadLimits);
      const pieces = new HeadProgress();
      const head = new RequestHead();
      const first = readRequestHead(text.slice(0, cut), head, pieces, defaultHeadLimits);
      const second = first === "incomplete"
        ? readRequestHead(text, head, pieces, defaultHeadLimits)
        : first;
      if (first !== "invalid") {
        expect(second).toBe(state);
        if (state === "complete") expect(head.render()).toBe(wholeHead.render());
      } else expect(state).toBe("invalid");
      readResponseHead(text, new ResponseHead(), new HeadProgress(), defaultHeadLimits);
    }),
    { numRuns: 3000 },
  );
});

test("what a head reader lets through is read again in the same way", () => {
  fc.assert(
    fc.property(nearlyHttp, (tail) => {
      const head = new RequestHead();
      if (
        readRequestHead(
          "GET / HTTP/1.1\r\n" + tail + "\r\n\r\n",
          head,
          new HeadProgress(),
          defaultHeadLimits,
        ) !== "complete"
      ) return;
      const rendered = head.render();
      expect(rendered).not.toMatch(/[^\r]\n|\r[^\n]|\0/);
      const again = new RequestHead();
      expect(
        readRequestHead(
          "GET / HTTP/1.1\r\n" + rendered + "\r\n",
          again,
          new HeadProgress(),
          defaultHeadLimits,
        ),
      ).toBe("complete");
      expect(again.render()).toBe(rendered);
    }),
    { numRuns: 3000 },
  );
});

test("a chunk reader ends, stays within its bounds, and keeps little", () => {
  fc.assert(
    fc.property(nearlyHttp, fc.integer({ min: 1, max: 50 }), (text, piece) => {
      const reader = new ChunkReader();
      let steps = 0;
      outer: for (let from = 0; from < text.length; from += piece) {
        const bytes = Buffer.from(text.slice(from, from + piece), "latin1");
        let at = 0;
        for (;;) {
          expect(++steps).toBeLessThan(10 * text.length + 10);
          const step = reader.step(bytes, at);
          expect(reader.at).toBeGreaterThanOrEqual(at);
          expect(reader.at).toBeLessThanOrEqual(bytes.length);
          at = reader.at;
          if (step === "more") break;
          if (step !== "data") break outer;
        }
      }
      expect(reader.trailers.length).toBeLessThanOrEqual(trailerBytesMax);
    }),
    { numRuns: 3000 },
  );
});

/** What a reader makes of a text that comes in pieces of one size. */
function decoded(text: string, pieceBytes: number): { body: string; end: string } {
  const reader = new ChunkReader();
  let body = "";
  for (let at = 0; at < text.length; at += pieceBytes) {
    const piece = Buffer.from(text.slice(at, at + pieceBytes), "latin1");
    let from = 0;
    for (;;) {
      const step = reader.step(piece, from);
      from = reader.at;
      if (step === "data") body += piece.toString("latin1", reader.dataStart, reader.dataEnd);
      else if (step === "more") break;
      else return { body, end: `${step} ${at + from}` };
    }
  }
  return { body, end: "more" };
}

// Chunks that are whole in one read are read by a loop of their own.
test("chunks read many at once say what they say byte by byte", () => {
  const chunk = fc.tuple(
    fc.string({ unit: fc.constantFrom("a", "\r", "\n", "0", ";"), maxLength: 40 }),
    fc.constantFrom("", "", "", "", "0", "00", ";x", " ", "\n", "g", "-", "fffffffffffffff"),
    fc.constantFrom("\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "", "x\r\n"),
  ).map(([data, odd, end]) =>
    (odd === "0" || odd === "00" ? odd : "") + data.length.toString(16) +
    (odd === "0" || odd === "00" ? "" : odd) + `\r\n${data}${end}`
  );
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), fc.integer({ min: 2 }), (chunks, cut) => {
      const text = chunks.join("") + "0\r\n\r\nGET /";
      const byteByByte = decoded(text, 1);
      expect(decoded(text, text.length)).toEqual(byteByByte);
      expect(decoded(text, 1 + cut % text.length)).toEqual(byteByByte);
    }),
    { numRuns: 2000 },
  );
});
