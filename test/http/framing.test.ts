import { describe, expect, test } from "bun:test";
import { ChunkReader } from "../../src/http/chunk_reader.ts";
import { requestFraming, responseFraming } from "../../src/http/framing.ts";
import { RequestHead } from "../../src/http/request_head.ts";
import { ResponseHead } from "../../src/http/response_head.ts";

function requestWith(...fields: [string, string][]) {
  const head = new RequestHead();
  head.method = "POST";
  for (const [name, value] of fields) head.add(name, value);
  const result = requestFraming(head);
  return { head, result, status: result.kind === "invalid" ? result.problem.status : 0 };
}

describe("request framing (wire.md 2-4)", () => {
  test("a list of equal lengths becomes one plain number", () => {
    const { head, result } = requestWith(["Content-Length", "05, 5"], ["content-length", "5"]);
    expect(result).toMatchObject({ framing: { kind: "length", length: 5 } });
    expect(head.render()).toBe("Content-Length: 5\r\n");
  });

  test("with both a length and chunked, the length goes and the connection closes", () => {
    const { head, result } = requestWith(["Content-Length", "5"], ["Transfer-Encoding", "Chunked"]);
    expect(result).toMatchObject({ framing: { kind: "chunked" }, mustClose: true });
    expect(head.has("content-length")).toBe(false);
  });

  const refused: readonly (readonly [fields: [string, string][], status: number])[] = [
    [[["Content-Length", "5"], ["Content-Length", "6"]], 400],
    [[["Content-Length", "5, 6"]], 400],
    [[["Content-Length", ""]], 400],
    [[["Content-Length", "+5"]], 400],
    [[["Content-Length", "-1"]], 400],
    [[["Content-Length", "5 5"]], 400],
    [[["Content-Length", "18446744073709551616"]], 400],
    [[["Transfer-Encoding", "gzip, chunked"]], 422],
    [[["Transfer-Encoding", "chunked, gzip"]], 400],
    [[["Transfer-Encoding", "chunked, chunked"]], 400],
    [[["Transfer-Encoding", "chunked"], ["Transfer-Encoding", "chunked"]], 400],
    [[["Transfer-Encoding", ", chunked"]], 400],
    [[["Transfer-Encoding", "identity"]], 400],
    [[["Transfer-Encoding", ""]], 400],
    [[["Transfer-Encoding", "xchunked"]], 400],
  ];
  test.each(refused.map(([fields, status]) => [JSON.stringify(fields), status]))(
    "%s: %d",
    (fields, status) => {
      expect(requestWith(...JSON.parse(fields as string) as [string, string][]).status).toBe(
        status as number,
      );
    },
  );

  test("the largest length is 2^64-1", () => {
    expect(requestWith(["Content-Length", "18446744073709551615"]).status).toBe(0);
  });
});

describe("response framing (RFC 9112 §6.3)", () => {
  const rows: readonly (readonly [status: number, method: string, field: string, kind: string])[] =
    [
      [200, "HEAD", "5", "none"],
      [204, "GET", "5", "none"],
      [304, "GET", "5", "none"],
      [200, "GET", "5", "length"],
      [200, "GET", "", "close"],
      [101, "GET", "", "tunnel"],
      [200, "CONNECT", "5", "tunnel"],
      [403, "CONNECT", "5", "length"],
    ];
  test.each(rows.map((row) => [...row]))(
    "%d to %s with length '%s': %s",
    (status, method, length, kind) => {
      const head = new ResponseHead();
      head.status = status as number;
      if (length !== "") head.add("Content-Length", length as string);
      const result = responseFraming(head, method as string);
      expect(result.kind === "ok" && result.framing.kind).toBe(kind as "none");
    },
  );
});

function decode(
  text: string,
  piece = text.length,
): { body: string; trailers: string; end: string } {
  const reader = new ChunkReader();
  let body = "";
  for (let from = 0; from < text.length; from += piece) {
    const bytes = Buffer.from(text.slice(from, from + piece), "latin1");
    let at = 0;
    for (;;) {
      const step = reader.step(bytes, at);
      at = reader.at;
      if (step === "data") body += bytes.toString("latin1", reader.dataStart, reader.dataEnd);
      else if (step === "more") break;
      else return { body, trailers: reader.trailers, end: step + (from + at) };
    }
  }
  return { body, trailers: "", end: "more" };
}

describe("the chunked coding (RFC 9112 §7.1)", () => {
  const text = '5\r\nhello\r\n006 ;ext="a"\r\n world\r\n0\r\nA: b\r\n\r\n';
  test("comes out the same wherever it is cut", () => {
    for (let piece = 1; piece <= text.length; piece++) {
      expect(decode(text, piece)).toEqual({
        body: "hello world",
        trailers: "A: b\r\n",
        end: `done${text.length}`,
      });
    }
  });

  // A read of chunks of one byte each held up everyone else: each went through all that is behind.
  test("gives small chunks of one read as one piece, and what stands behind them afterwards", () => {
    const bytes = Buffer.from("1\r\na\r\n2;x\r\nbc\r\n1\r\nd\r\n!", "latin1");
    const reader = new ChunkReader();
    expect(reader.step(bytes, 0)).toBe("data");
    expect(bytes.toString("latin1", reader.dataStart, reader.dataEnd)).toBe("abcd");
    expect(reader.step(bytes, reader.at)).toBe("invalid");
    expect(reader.at).toBe(bytes.length - 1);
  });

  test("moves no large one", () => {
    const large = "l".repeat(5000);
    const bytes = Buffer.from(`1\r\na\r\n1388\r\n${large}\r\n1\r\nb\r\n0\r\n\r\nGET`, "latin1");
    const reader = new ChunkReader();
    const pieces: string[] = [];
    let at = 0;
    while (reader.step(bytes, at) === "data") {
      at = reader.at;
      pieces.push(bytes.toString("latin1", reader.dataStart, reader.dataEnd));
    }
    expect(pieces).toEqual(["a", large + "b"]);
    expect(bytes.toString("latin1", reader.at)).toBe("GET");
  });

  test("ends before the next message", () => {
    expect(decode("0\r\n\r\nGET /").end).toBe("done5");
  });

  test.each([
    ["\r\n"],
    ["g\r\n"],
    ["5\nhello"],
    ["5\r\nhelloX\r\n"],
    ["5\r\nhello\n"],
    ["-1\r\n"],
    ["0x5\r\n"],
    ["5 5\r\n"],
    [" 5\r\n"],
    ["10000000000000\r\n"],
    ["5;a\n\r\n"],
    ["0\r\n\0\r\n\r\n"],
    ["0\r\nA : b\r\n\r\n"],
    ["0\r\nno colon\r\n\r\n"],
  ])("refuses %j", (broken) => {
    expect(decode(broken).end).toStartWith("invalid");
  });

  test("bounds extensions and trailers", () => {
    expect(decode(`5;${"a".repeat(5000)}`).end).toStartWith("invalid");
    expect(decode(`0\r\n${"A: b\r\n".repeat(5000)}`).end).toStartWith("invalid");
  });
});
