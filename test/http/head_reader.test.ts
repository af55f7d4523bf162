import { describe, expect, test } from "bun:test";
import {
  defaultHeadLimits,
  HeadProgress,
  readRequestHead,
  readResponseHead,
} from "../../src/http/head_reader.ts";
import { RequestHead } from "../../src/http/request_head.ts";
import { ResponseHead } from "../../src/http/response_head.ts";

function request(text: string) {
  const head = new RequestHead();
  const progress = new HeadProgress();
  const state = readRequestHead(text, head, progress, defaultHeadLimits);
  return { head, progress, state, problem: progress.problem };
}

function response(text: string) {
  const head = new ResponseHead();
  const progress = new HeadProgress();
  const state = readResponseHead(text, head, progress, defaultHeadLimits);
  return { head, progress, state, problem: progress.problem };
}

const whole = "GET /a?b HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-ONE:  2 \r\nEmpty:\r\n\r\nrest";

describe("request heads", () => {
  test("keep order, case and repetition, and end where the body starts", () => {
    const { head, progress, state } = request(whole);
    expect(state).toBe("complete");
    expect(whole.substring(progress.end)).toBe("rest");
    expect([head.method, head.target, head.version]).toEqual(["GET", "/a?b", "1.1"]);
    const fields = [];
    for (let i = head.next(-1); i >= 0; i = head.next(i)) {
      fields.push([head.name(i), head.value(i)]);
    }
    expect(fields).toEqual([["Host", "h"], ["X-One", "1"], ["x-ONE", "2"], ["Empty", ""]]);
    expect(head.render()).toBe("Host: h\r\nX-One: 1\r\nx-ONE: 2\r\nEmpty:\r\n");
  });

  test("come out the same wherever they are cut", () => {
    const end = whole.length - 4;
    for (let cut = 1; cut < end; cut++) {
      const head = new RequestHead();
      const progress = new HeadProgress();
      expect(readRequestHead(whole.slice(0, cut), head, progress, defaultHeadLimits)).toBe(
        "incomplete",
      );
      expect(readRequestHead(whole, head, progress, defaultHeadLimits)).toBe("complete");
      expect(progress.end).toBe(end);
      expect(head.render()).toBe(request(whole).head.render());
    }
  });

  test("may have a bare LF, empty lines in front, tabs and several blanks in the start line", () => {
    const { head, state } = request("\r\n\nGET\t /x  HTTP/1.1\nHost: h\n\n");
    expect(state).toBe("complete");
    expect(head.target).toBe("/x");
    // A bare LF must not reach a server that reads it in another way.
    expect(head.render()).toBe("Host: h\r\n");
  });

  test("unfold continued lines byte for byte, except Host", () => {
    const { head } = request("GET / HTTP/1.1\r\nX: a\r\n  b\r\n\tc\r\nY:\r\n z\r\n\r\n");
    expect(head.first("x")).toBe("a    b  \tc");
    expect(head.first("y")).toBe("z");
    expect(request("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n").problem?.status).toBe(400);
  });

  const refused: readonly (readonly [name: string, text: string, status: number])[] = [
    ["an HTTP/0.9 line", "GET /\r\n\r\n", 400],
    ["a NUL in a value", "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 400],
    ["a stray CR in a value", "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", 400],
    ["a space before the colon", "GET / HTTP/1.1\r\nX : a\r\n\r\n", 400],
    ["an empty name", "GET / HTTP/1.1\r\n: a\r\n\r\n", 400],
    ["a first line that is folded", "GET / HTTP/1.1\r\n X: a\r\n\r\n", 400],
    ["a control in the target", "GET /\x01 HTTP/1.1\r\n\r\n", 400],
    ["a fragment in the target", "GET /#a HTTP/1.1\r\n\r\n", 400],
    ["a byte above 0x7e in the target", "GET /\xe9 HTTP/1.1\r\n\r\n", 400],
    ["a name of a thousand bytes", `GET / HTTP/1.1\r\n${"n".repeat(1000)}: 1\r\n\r\n`, 400],
    ["the 101st field", `GET / HTTP/1.1\r\n${"a: 1\r\n".repeat(101)}\r\n`, 400],
    ["a start line that is too long", `GET /${"a".repeat(16000)}`, 414],
    ["a head that is too long", `GET / HTTP/1.1\r\nX: ${"a".repeat(16000)}`, 431],
    ["a version that is none", "GET / HTTX/1.1\r\n\r\n", 400],
  ];
  test.each(refused.map((row) => [...row]))("refuse %s", (_name, text, status) => {
    const { state, problem } = request(text as string);
    expect(state).toBe("invalid");
    expect(problem?.status).toBe(status as 400);
  });

  test("take what clients rely on: odd marks in a target, controls in a value, later versions", () => {
    expect(request('GET /"<>\\^{|}` HTTP/1.1\r\n\r\n').state).toBe("complete");
    expect(request("GET / HTTP/1.1\r\nX: a\x01\x7f\xe9\r\n\r\n").head.first("x")).toBe(
      "a\x01\x7f\xe9",
    );
    expect(request("GET / HTTP/3.0\r\n\r\n").head.version).toBe("1.1");
    expect(request(`GET / HTTP/1.1\r\n${"a: 1\r\n".repeat(100)}\r\n`).state).toBe("complete");
  });
});

describe("response heads", () => {
  test("may lack a reason phrase", () => {
    expect(response("HTTP/1.1 204\r\n\r\n").head.status).toBe(204);
    expect(response("HTTP/1.0 200 Fine\r\n\r\n").head).toMatchObject({
      reason: "Fine",
      version: "1.0",
    });
  });

  test.each([
    ["HTTP/1.1 20 OK\r\n\r\n"],
    ["HTTP/1.1 2000 OK\r\n\r\n"],
    ["HTTP/1.1 099 OK\r\n\r\n"],
    ["hello\r\n\r\n"],
    ["HTTP/1.1 200 O\0K\r\n\r\n"],
  ])("refuse %j", (text) => {
    expect(response(text).state).toBe("invalid");
  });
});

describe("fields", () => {
  test("that change leave the others as they came", () => {
    const { head } = request("GET / HTTP/1.1\r\nA: 1\r\nB:2\r\nC: 3\r\nA: 4\r\n\r\n");
    head.removeAll("b");
    head.replace(head.find("c"), "33");
    head.set("a", "5");
    head.add("D", "6");
    expect(head.render()).toBe("C: 33\r\na: 5\r\nD: 6\r\n");
    expect(head.first("d")).toBe("6");
    expect(head.has("b")).toBe(false);
  });

  test("of a head that is used again are only the new ones", () => {
    const { head } = request("GET / HTTP/1.1\r\nA: 1\r\nLonger-Name: 2\r\n\r\n");
    head.replace(0, "9");
    head.clear();
    readRequestHead("GET / HTTP/1.1\r\nA: 2\r\n\r\n", head, new HeadProgress(), defaultHeadLimits);
    expect(head.render()).toBe("A: 2\r\n");
    expect(head.has("longer-name")).toBe(false);
  });
});
