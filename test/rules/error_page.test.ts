import { expect, test } from "bun:test";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { LangError } from "../../src/lang/spec.ts";
import { applyErrorLine, ErrorPageSet, errorReply } from "../../src/rules/error_page.ts";
import type { ReplyScope } from "../../src/rules/reply_arguments.ts";
import { testScope } from "./test_scope.ts";

const files: Readonly<Record<string, string>> = {
  "403.http": "HTTP/1.1 403 Own\r\nContent-Length: 2\r\n\r\nno",
  "empty.http": "",
};

const section = new ErrorPageSet();

function scope(warnings: string[] = []): ReplyScope {
  return testScope({
    ruleSet: "http-request",
    warn: (text) => warnings.push(text),
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error("ENOENT");
      return text;
    },
    errorPageOf(name, status) {
      if (name !== "site") throw new LangError(`unknown http-errors section '${name}'`, name);
      return section.own(status);
    },
  });
}

function pagesOf(...lines: string[]): ErrorPageSet {
  const pages = new ErrorPageSet();
  for (const line of lines) applyErrorLine(line.split(" "), pages, scope());
  return pages;
}

const cx = offlineContext({ raw: "GET /path HTTP/1.1\r\nHost: h\r\n\r\n" });

test("each keyword puts a page in place of the default", () => {
  const pages = pagesOf(
    "errorfile 403 403.http",
    "errorfile 410 empty.http",
    "errorloc 500 /sorry",
    "errorloc303 502 /sorry",
    "http-error status 503 content-type text/plain lf-string %[path] hdr X-Y z",
    "http-error status 504",
  );
  expect(pages.get(403)).toMatchObject({ status: 403, reason: "Own", body: "no" });
  expect(pages.get(410)).toMatchObject({ raw: "", close: true });
  expect(pages.get(500)).toMatchObject({
    status: 302,
    headers: [["Cache-Control", "no-cache"], ["Content-Length", "0"], ["Location", "/sorry"]],
  });
  expect(pages.get(502).status).toBe(303);
  expect(pages.get(503, cx)).toMatchObject({
    status: 503,
    headers: [["X-Y", "z"], ["Content-Length", "5"], ["Content-Type", "text/plain"]],
    body: "/path",
  });
  expect(pages.get(504)).toMatchObject({
    status: 504,
    headers: [["Content-Length", "0"]],
    body: "",
  });
  expect(pages.get(404).body).toContain("The resource could not be found.");
  // Without a transaction a page that is made from one cannot be given.
  expect(pages.get(503).body).toContain("No server is available");
});

test("pages are inherited as they stand, and may be given up again", () => {
  const defaults = pagesOf("errorfile 403 403.http");
  const proxy = new ErrorPageSet(defaults);
  applyErrorLine("http-error status 403 default-errorfiles".split(" "), proxy, scope());
  expect(proxy.get(403).reason).toBe("Forbidden");
  expect(defaults.get(403).reason).toBe("Own");
});

test("a backend's own page comes before the frontend's, which comes before the default", () => {
  const frontend = pagesOf("errorloc 503 /frontend", "errorloc 500 /frontend");
  const backend = pagesOf("errorloc 503 /backend");
  expect(errorReply(503, cx, backend, frontend).headers[2]![1]).toBe("/backend");
  expect(errorReply(500, cx, backend, frontend).headers[2]![1]).toBe("/frontend");
  expect(errorReply(404, cx, undefined, frontend).status).toBe(404);
});

test("sections are imported whole or by status", () => {
  applyErrorLine("errorfile 403 403.http".split(" "), section, scope());
  expect(pagesOf("errorfiles site").get(403).reason).toBe("Own");
  const warnings: string[] = [];
  applyErrorLine("errorfiles site 403 404".split(" "), new ErrorPageSet(), scope(warnings));
  expect(warnings).toEqual(["status '404' not declared in http-errors section 'site'"]);
});

test("errors read as haproxy's", () => {
  const errors: [string, string][] = [
    ["errorfile", "errorfile : expects <status_code> and <file> as arguments"],
    ["errorfile 999 /x", "errorfile : status code '999' not handled"],
    ["errorfile 200 /nope", "errorfile : error opening file '/nope'"],
    ["errorloc 200", "errorloc : expects <status_code> and <url> as arguments"],
    ["errorloc302 299 /x", "errorloc302 : status code '299' not handled"],
    ["errorfiles", "errorfiles : expects <name> as argument"],
    ["errorfiles site 999", "errorfiles : status code '999' not handled"],
    ["errorfiles nope", "errorfiles : unknown http-errors section 'nope'"],
    ["http-error", "http-error : expects at least a <status> as arguments"],
    ["http-error status 201 string x content-type y", "http-error : status code '201' not handled"],
    [
      "http-error status 200 string x",
      "http-error : a content type must be defined when non-empty payload is configured",
    ],
    ["http-error status 404 foo", "http-error : unknown keyword 'foo'"],
  ];
  for (const [line, message] of errors) expect(() => pagesOf(line)).toThrow(message);
});
