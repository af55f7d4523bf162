import { expect, test } from "bun:test";
import { parseErrorMessage } from "../../src/rules/error_message.ts";
import { mapValues } from "../../src/rules/field_list.ts";
import {
  mergeSlashes,
  percentDecodeUnreserved,
  percentUpper,
  sortQuery,
  stripDot,
  stripDotDot,
} from "../../src/rules/normalize.ts";
import { reasonPhrase } from "../../src/rules/reason.ts";
import { compileReplacement } from "../../src/lang/regex/replacement.ts";

test("references in a replacement are groups, bytes and plain characters", () => {
  const groups = ["whole", "one", undefined];
  const substitute = (text: string, found: typeof groups) => compileReplacement(text)(found);
  expect(substitute("a\\1b\\0c\\2d", groups)).toBe("aonebwholecd");
  expect(substitute("\\x41\\\\\\.", groups)).toBe("A\\.");
  expect(substitute("ends in \\", groups)).toBeUndefined();
  expect(substitute("\\x4", groups)).toBeUndefined();
  expect(substitute("\\x4g", groups)).toBeUndefined();
});

test("values of a list are replaced one by one, what stands between them stays", () => {
  const upper = (value: string) => value.toUpperCase();
  expect(mapValues('a, b ,"c,d",,e', upper)).toBe('A,B,"C,D",,E');
  expect(mapValues("", (value) => value + "x")).toBe("x");
  expect(mapValues("a,b", (value) => value === "b" ? "" : undefined)).toBe("a,");
});

test("the manual's examples of normalizers", () => {
  const cases: [string, string, string][] = [
    [stripDot("/."), "/", "."],
    [stripDot("/./bar/"), "/bar/", "./"],
    [stripDot("/a/./a"), "/a/a", "inner"],
    [stripDot("/.well-known/"), "/.well-known/", "name"],
    [stripDotDot("/foo/../", "keep"), "/", "root"],
    [stripDotDot("/foo/../bar/", "keep"), "/bar/", "sibling"],
    [stripDotDot("/foo/bar/../", "keep"), "/foo/", "parent"],
    [stripDotDot("/../bar/", "keep"), "/../bar/", "beyond"],
    [stripDotDot("/bar/../../", "keep"), "/../", "beyond"],
    [stripDotDot("/foo//../", "keep"), "/foo/", "empty segment"],
    [stripDotDot("/../bar/", "drop"), "/bar/", "full"],
    [stripDotDot("/bar/../../", "drop"), "/", "full"],
    [mergeSlashes("//"), "/", "slashes"],
    [mergeSlashes("/foo//bar"), "/foo/bar", "slashes"],
    [percentDecodeUnreserved("/%61dmin", false), "/admin", "letters"],
    [percentDecodeUnreserved("/%%36%36", false), "/%66", "unsafe"],
    [percentDecodeUnreserved("/%ZZ", true), "invalid", "strict"],
    [percentUpper("/%6f", false), "/%6F", "upper"],
    [percentUpper("/%zz", true), "invalid", "strict"],
    [sortQuery("a=3&b=4&a=1&b=5&a=2"), "a=3&a=1&a=2&b=4&b=5", "stable"],
    [sortQuery("aaa=3&a=1&aa=2"), "a=1&aa=2&aaa=3", "shorter first"],
  ];
  for (const [got, wanted, cause] of cases) expect([cause, got]).toEqual([cause, wanted]);
});

test("an error file is a whole response, and what is wrong with it is said", () => {
  const page = parseErrorMessage(
    "HTTP/1.0 499 My Own\r\nX-Foo: Bar\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody",
    "p",
    403,
  );
  expect(page).toEqual({
    status: 499,
    reason: "My Own",
    headers: [["X-Foo", "Bar"], ["Content-Length", "4"]],
    body: "body",
    close: false,
  });
  expect(parseErrorMessage("HTTP/1.1 404 Nope\nA: b\n\nrest", "p", 404).close).toBe(true);
  expect(parseErrorMessage("", "p", 410)).toMatchObject({ status: 410, raw: "", close: true });
  const broken: [string, string][] = [
    ["hello", "unable to parse headers (error offset: 0)"],
    ["HTTP/1.1 xx a\r\n\r\n", "unable to parse headers (error offset: 9)"],
    ["HTTP/1.1 403 Forbidden\r\nA b\r\n\r\n", "unable to parse headers (error offset: 25)"],
    ["HTTP/1.1 403 Forbidden\r\nA: b\r\n", "unable to parse headers (error offset: -2)"],
    [
      "HTTP/1.1 403 F\r\nContent-Length: 3\r\n\r\nbody",
      "payload size does not match the announced content-length (4 != 3)",
    ],
    ["HTTP/1.1 403 F\r\nTransfer-Encoding: chunked\r\n\r\n", "chunk-encoded payload not supported"],
    ["HTTP/1.1 103 F\r\n\r\n", "invalid http status code for an error message (103)"],
    ["HTTP/1.1 204 F\r\n\r\nx", "message payload not expected"],
    ["HTTP/1.1 403 F\r\n\r\n" + "x".repeat(16000), "unable to add payload into the message"],
  ];
  for (const [text, message] of broken) {
    expect(() => parseErrorMessage(text, "p", 403)).toThrow(message);
  }
});

test("a status without a phrase of its own has its class's", () => {
  expect([reasonPhrase(404), reasonPhrase(599), reasonPhrase(299), reasonPhrase(777)])
    .toEqual(["Not Found", "Server Error", "Success", "Other"]);
});
