import { describe, expect, test } from "bun:test";
import type { FrontendPlan } from "../../src/config/frontend_plan.ts";
import type { LogTarget } from "../../src/config/plan.ts";
import { AccessLog, type Logged } from "../../src/observe/access_log.ts";
import { LogSender } from "../../src/observe/log_sender.ts";
import { type Ended, ended, fixedFormat, frontend, Kept, target } from "./logs.ts";

const identity = { tag: "t", hostname: undefined, pid: 1 };
const ordinary = { ignoreNull: false, ignoreNormal: false, separateErrors: false, early: false };

function logged(
  parts: Partial<FrontendPlan>,
  how: Logged,
  cx: Ended = {},
  to: Partial<LogTarget> = { format: "short" },
): string[] {
  const kept = new Kept();
  const log = new AccessLog(frontend(parts), [new LogSender(target(to), identity, kept)]);
  log.log(ended(cx), how);
  return kept.lines;
}

describe("what is logged, at which level", () => {
  test("an exchange as information", () => {
    expect(logged({}, "exchange")).toEqual(["<6>a line\n"]);
  });

  const wrong: readonly [string, Ended][] = [
    ["a status of 500", { status: 500 }],
    ["a retry", { retries: 1 }],
    ["a redispatch", { redispatched: true }],
    ["a server that timed out", { state: "sH" }],
    ["a client that left", { state: "CD" }],
  ];
  for (const [name, cx] of wrong) {
    test(`${name} is an error under log-separate-errors`, () => {
      const logOptions = { ...ordinary, separateErrors: true };
      expect(logged({ logOptions }, "exchange", cx)).toEqual(["<3>a line\n"]);
      expect(logged({}, "exchange", cx)).toEqual(["<6>a line\n"]);
    });
    test(`${name} is not normal for dontlog-normal`, () => {
      const logOptions = { ...ordinary, ignoreNormal: true };
      expect(logged({ logOptions }, "exchange", cx)).toEqual(["<6>a line\n"]);
    });
  }

  test("dontlog-normal leaves out what went well, a local answer and a 404 too", () => {
    const logOptions = { ...ordinary, ignoreNormal: true };
    expect(logged({ logOptions }, "exchange")).toEqual([]);
    expect(logged({ logOptions }, "exchange", { state: "LR", status: 404 })).toEqual([]);
  });

  test("set-log-level decides for one transaction", () => {
    expect(logged({}, "exchange", { logLevel: "alert" })).toEqual(["<1>a line\n"]);
    expect(logged({}, "exchange", { logLevel: "silent" })).toEqual([]);
    expect(logged({}, "exchange", { logLevel: "debug" }, { format: "short", level: 6 })).toEqual(
      [],
    );
  });

  test("dontlognull leaves out connections without a byte, and nothing else", () => {
    const logOptions = { ...ordinary, ignoreNull: true };
    expect(logged({ logOptions }, "silent-connection")).toEqual([]);
    expect(logged({ logOptions }, "failed-session")).toEqual(["<6>a line\n"]);
    expect(logged({}, "silent-connection")).toEqual(["<6>a line\n"]);
  });

  test("a line that a rule asks for comes whatever the end would be, unless it is silenced", () => {
    const logOptions = { ignoreNull: true, ignoreNormal: true, separateErrors: true, early: false };
    const errorLogFormat = fixedFormat("an error");
    expect(logged({ logOptions, errorLogFormat }, "under-way", { status: 503 })).toEqual([
      "<6>a line\n",
    ]);
    expect(logged({ logOptions }, "under-way", { logLevel: "err" })).toEqual(["<3>a line\n"]);
    expect(logged({ logOptions }, "under-way", { logLevel: "silent" })).toEqual([]);
  });

  test("error-log-format is for sessions that failed", () => {
    const errorLogFormat = fixedFormat("an error");
    expect(logged({ errorLogFormat }, "failed-session")).toEqual(["<6>an error\n"]);
    expect(logged({ errorLogFormat }, "exchange", { status: 503 })).toEqual(["<6>a line\n"]);
  });

  test("without a format", () => {
    expect(logged({ logFormat: undefined }, "exchange", {}, { format: "raw" })).toEqual([
      "Connect from 192.0.2.7:4711 to 2001:db8::1:80 (fe/HTTP)\n",
    ]);
  });
});

describe("JSON", () => {
  const json = { format: "json" } as const;

  test("one object a line, named after the aliases", () => {
    const [line] = logged({}, "exchange", {}, json);
    expect(line!.endsWith("}\n")).toBe(true);
    expect(line).toBe(
      '{"t":"2026-11-24T03:29:29.243Z","ci":"192.0.2.7","cp":4711,"fi":"2001:db8::1","fp":80,' +
        '"f":"fe","b":"be","s":"s1","si":"10.0.0.1","Th":0,"Ti":1,"TR":2,"Tw":3,"Tc":4,"Tr":5,' +
        '"Ta":6,"Tt":7,"ST":200,"B":100,"U":50,"tsc":"--NI","ac":4,"fc":3,"bc":2,"sc":1,"rc":0,' +
        '"redispatched":false,"sq":0,"bq":1,"HM":"GET","HU":"/a?b=1","HV":"HTTP/1.1",' +
        '"hr":["agent",null]}\n',
    );
  });

  test("bytes that are no UTF-8 don't break it, and UTF-8 stays", () => {
    const target = '/\xe4"\\\n' + Buffer.from("/ä", "utf8").toString("latin1");
    const [line] = logged({}, "exchange", { target }, json);
    const parsed = JSON.parse(Buffer.from(line!, "latin1").toString("utf8"));
    expect(parsed.HU).toBe('/\ufffd"\\\n/ä');
  });

  test("a long target is cut, the object stays whole", () => {
    const [line] = logged({}, "exchange", { target: "/" + "x".repeat(5000) }, {
      ...json,
      length: 600,
    });
    expect(line!.length).toBe(600);
    const parsed = JSON.parse(line!);
    expect(parsed.truncated).toBe(true);
    expect(parsed.HU).toStartWith("/xxx");
    expect(parsed.HV).toBe("HTTP/1.1");
  });

  test("a long target full of quotes and bytes beyond ASCII fits as well", () => {
    const target = "/" + '"\xe4'.repeat(3000);
    const [line] = logged({}, "exchange", { target }, { ...json, length: 700 });
    expect(line!.length).toBeLessThanOrEqual(700);
    expect(JSON.parse(Buffer.from(line!, "latin1").toString("utf8")).truncated).toBe(true);
  });
});
