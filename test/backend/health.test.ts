import { afterEach, describe, expect, test } from "bun:test";
import type { CheckMatch, CheckPlan } from "../../src/config/check_plan.ts";
import { CheckDraft } from "../../src/config/compile/check_draft.ts";
import { plainExpectation } from "../../src/config/compile/check_steps.ts";
import { answering, type Behaviour, CheckRig, type RigParts, Target } from "./check_rig.ts";
import { CounterBlock } from "../../src/state/counters.ts";
import { ServerState } from "../../src/state/server_state.ts";

interface HttpCheck extends Partial<Pick<CheckDraft, "disableOn404" | "sendState">> {
  readonly request?: Partial<CheckDraft["request"]>;
  readonly expect?: readonly { readonly match: CheckMatch; readonly not?: boolean }[];
}

/** The Plan of `option httpchk` and its rules. */
function httpCheck({ request, expect = [], ...rest }: HttpCheck = {}): CheckPlan {
  const draft = Object.assign(new CheckDraft(), rest);
  Object.assign(draft.useHttp(), request);
  for (const step of expect) draft.add("http-check", { ...plainExpectation, ...step });
  return draft.plan();
}

const left = "0 sessions active, 0 requeued, 0 remaining in queue.";
const refused = `Layer4 connection problem, info: "Connection refused", check duration: 0ms`;

const targets: Target[] = [];
const rigs: CheckRig[] = [];

async function rig(count: number, parts: Omit<RigParts, "targets">): Promise<CheckRig> {
  const made: Target[] = [];
  for (let i = 0; i < count; i++) {
    const target = new Target();
    await target.up();
    made.push(target);
  }
  targets.push(...made);
  const checks = new CheckRig({ targets: made, ...parts });
  rigs.push(checks);
  checks.checks.start();
  return checks;
}

afterEach(async () => {
  for (const { checks } of rigs.splice(0)) checks.stop();
  for (const target of targets.splice(0)) await target.down();
});

describe("the state machine", () => {
  test("a failure takes a fresh server down, rise successes bring it up", async () => {
    const r = await rig(1, {});
    const server = r.backend.state.servers[0]!;
    await targets[0]!.down();
    expect(await r.pass(0)).toEqual([
      `<1>Server be/s1 is DOWN, reason: ${refused}. 0 active and 0 backup servers left. ${left}`,
      "<0>backend be has no server available!",
    ]);
    expect(server.operational).toBe("stopped");
    expect(await r.pass(2000)).toEqual([]);
    await targets[0]!.up();
    expect(await r.pass(2000)).toEqual([]);
    expect(server.health).toBe(1);
    expect(await r.pass(2000)).toEqual([
      "<5>Server be/s1 is UP, reason: Layer4 check passed, check duration: 0ms. " +
      "1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
    ]);
    expect(server.health).toBe(4);
  });

  test("a server that was up falls after fall failures in a row", async () => {
    const r = await rig(1, { server: { rise: 1, fall: 3 } });
    const server = r.backend.state.servers[0]!;
    await r.pass(0);
    expect(server.health).toBe(3);
    await targets[0]!.down();
    for (const health of [2, 1]) {
      expect(await r.pass(2000)).toEqual([]);
      expect(server.health).toBe(health);
      expect(server.isUp()).toBe(true);
    }
    expect((await r.pass(2000))[0]).toStartWith("<1>Server be/s1 is DOWN");
  });

  test("log-health-checks tells every move, and the state lines then give no reason", async () => {
    const r = await rig(1, { backend: { logHealthChecks: true }, server: { rise: 2, fall: 2 } });
    await targets[0]!.down();
    expect(await r.pass(0)).toEqual([
      `<5>Health check for server be/s1 failed, reason: ${refused}, status: 0/2 DOWN.`,
      `<1>Server be/s1 is DOWN. 0 active and 0 backup servers left. ${left}`,
      "<0>backend be has no server available!",
    ]);
    await targets[0]!.up();
    const passed = "succeeded, reason: Layer4 check passed, check duration: 0ms, status:";
    expect(await r.pass(2000)).toEqual([`<5>Health check for server be/s1 ${passed} 1/2 DOWN.`]);
    expect(await r.pass(2000)).toEqual([
      `<5>Health check for server be/s1 ${passed} 2/2 UP.`,
      "<5>Server be/s1 is UP. 1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
    ]);
    expect(await r.pass(2000)).toEqual([]);
  });

  test("backups are named, and announced when they take over", async () => {
    const r = await rig(2, { servers: [{}, { backup: true }] });
    await targets[0]!.down();
    await targets[1]!.down();
    expect(await r.pass(0)).toEqual([
      `<1>Server be/s1 is DOWN, reason: ${refused}. ` +
      `0 active and 1 backup servers left. Running on backup. ${left}`,
    ]);
    expect(await r.pass(1000)).toEqual([
      `<1>Backup Server be/s2 is DOWN, reason: ${refused}. ` +
      `0 active and 0 backup servers left. ${left}`,
      "<0>backend be has no server available!",
    ]);
  });

  test("checks are spread over the interval and paced by what is known", async () => {
    const paced = { interMs: 3000, fastinterMs: 700, downinterMs: 9000, rise: 1, fall: 2 };
    const r = await rig(3, { server: paced });
    expect(r.time.pending()).toEqual([0, 1000, 2000]);
    await r.pass(0);
    expect(r.time.pending()).toEqual([1000, 2000, 3000]);
    await targets[0]!.down();
    await r.pass(3000);
    expect(r.backend.state.servers[0]!.health).toBe(1);
    expect(r.time.pending()).toContain(700);
    await r.pass(700);
    expect(r.backend.state.servers[0]!.operational).toBe("stopped");
    expect(r.time.pending()).toContain(9000);
  });
});

describe("the operator's states", () => {
  test("maintenance stops the checks and is left for one at once", async () => {
    const r = await rig(1, {});
    const server = r.backend.state.servers[0]!;
    await r.pass(0);
    server.setAdmin("maint", r.time.at);
    expect(r.lines.splice(0)).toEqual([
      `<1>Server be/s1 is going DOWN for maintenance. 0 active and 0 backup servers left. ${left}`,
      "<0>backend be has no server available!",
    ]);
    await targets[0]!.down();
    expect(await r.pass(10_000)).toEqual([]);
    server.setAdmin("ready", r.time.at);
    expect(await r.pass(0)).toEqual([
      "<5>Server be/s1 is UP/READY (leaving forced maintenance).",
      `<1>Server be/s1 is DOWN, reason: ${refused}. 0 active and 0 backup servers left. ${left}`,
      "<0>backend be has no server available!",
    ]);
    server.setAdmin("maint", r.time.at);
    expect(r.lines.splice(0)).toEqual(["<5>Server be/s1 was DOWN and now enters maintenance."]);
  });

  // The lines are real haproxy's, of a server whose name was answered with NXDOMAIN.
  test("a server whose name has no address rests beside what the operator wants", async () => {
    const r = await rig(1, {});
    const server = r.backend.state.servers[0]!;
    const said = () => r.lines.splice(0).filter((line) => !line.startsWith("<0>"));
    await r.pass(0);
    server.unresolve("DNS NX status", r.time.at);
    expect(said()).toEqual([
      "<1>Server be/s1 is going DOWN for maintenance (DNS NX status). " +
      `0 active and 0 backup servers left. ${left}`,
    ]);
    expect(server.address).toBeUndefined();
    server.setAdmin("maint", r.time.at);
    expect(said()).toEqual([]);
    server.setAdmin("drain", r.time.at);
    expect(said()).toEqual([
      "<5>Server be/s1 is leaving forced maintenance but remains in maintenance.",
    ]);
    expect(server.admin).toBe("maint");
    expect(server.resolve(r.time.at)).toBe(true);
    expect(said()).toEqual([
      "<5>Server be/s1 ('127.0.0.1') is UP/DRAIN (resolves again).",
      "<5>Server be/s1 remains in forced drain mode.",
    ]);
    expect(server.resolve(r.time.at)).toBe(false);
    server.setAdmin("maint", r.time.at);
    server.unresolve("DNS NX status", r.time.at);
    said();
    server.resolve(r.time.at);
    expect(said()).toEqual([
      "<5>Server be/s1 ('127.0.0.1') resolves again but remains in maintenance.",
    ]);
    server.setAdmin("ready", r.time.at);
    expect(server.admin).toBe("ready");
  });

  test("one that is down says so when its name has no address", async () => {
    const r = await rig(1, { server: { fall: 1 } });
    const server = r.backend.state.servers[0]!;
    await targets[0]!.down();
    await r.pass(0);
    server.unresolve("DNS timeout status", r.time.at);
    expect(r.lines.splice(0)).toContain(
      "<5>Server be/s1 was DOWN and now enters maintenance (DNS timeout status).",
    );
  });

  test("one that starts without an address is not spoken of", async () => {
    const r = await rig(1, {});
    const { state } = r.backend;
    const { settings } = state.servers[0]!;
    const server = new ServerState(state, "s2", 2, new CounterBlock());
    server.configure(settings);
    server.resolved(undefined, r.time.at);
    expect([server.admin, r.lines]).toEqual(["maint", []]);
    server.resolve(r.time.at);
    server.configure(settings);
    r.lines.length = 0;
    // It has served since: a reload that finds no address is worth a word.
    server.resolved(undefined, r.time.at);
    expect(r.lines[0]).toStartWith("<1>Server be/s2 is going DOWN for maintenance. ");
  });

  test("drain takes a server out without taking it down", async () => {
    const r = await rig(2, {});
    const server = r.backend.state.servers[0]!;
    await r.pass(0);
    await r.pass(1000);
    server.setAdmin("drain", r.time.at);
    expect(server.isUp()).toBe(true);
    expect(server.usable).toBe(false);
    server.setAdmin("ready", r.time.at);
    server.setAdmin("maint", r.time.at);
    server.setAdmin("drain", r.time.at);
    expect(r.lines.splice(0)).toEqual([
      "<5>Server be/s1 enters drain state. 1 active and 0 backup servers online. " +
      "0 sessions requeued, 0 total in queue.",
      "<5>Server be/s1 is UP (leaving forced drain).",
      `<1>Server be/s1 is going DOWN for maintenance. 1 active and 0 backup servers left. ${left}`,
      "<5>Server be/s1 is UP/DRAIN (leaving forced maintenance).",
      "<5>Server be/s1 remains in forced drain mode.",
    ]);
  });

  test("slow start raises the weight step by step", async () => {
    const r = await rig(1, { server: { slowstartMs: 4000, weight: 10, check: false } });
    const server = r.backend.state.servers[0]!;
    expect(server.effectiveWeight).toBe(160);
    server.markDown({ kind: "command" }, r.time.at);
    server.markUp({ kind: "command" }, r.time.at);
    expect(server.operational).toBe("starting");
    expect(server.effectiveWeight).toBe(10);
    const weights: number[] = [];
    for (let i = 0; i < 4; i++) {
      await r.pass(1000);
      weights.push(server.effectiveWeight);
    }
    expect(weights).toEqual([50, 90, 130, 160]);
    expect(server.operational).toBe("running");
    expect(r.time.pending()).toEqual([]);
  });
});

describe("observed traffic", () => {
  test("errors in a row beyond the limit count as a failed check", async () => {
    const observed = { observe: "layer7", errorLimit: 3, onError: "mark-down", rise: 1 } as const;
    const r = await rig(1, { server: observed });
    const server = r.backend.servers[0]!;
    await r.pass(0);
    const seen = [
      "server-error",
      "server-error",
      "answered",
      "server-error",
      "server-error",
    ] as const;
    for (const each of seen) r.checks.observe(server, each);
    expect(r.lines).toEqual([]);
    r.checks.observe(server, "read-timeout");
    expect(r.lines[0]).toBe(
      "<1>Server be/s1 is DOWN, reason: Health analyze, " +
        'info: "Detected 3 consecutive errors, last one was: Read timeout (http)". ' +
        `0 active and 0 backup servers left. ${left}`,
    );
  });

  test("layer4 looks at connections alone, and fastinter brings the next check forward", async () => {
    const r = await rig(1, {
      server: { observe: "layer4", errorLimit: 1, onError: "fastinter", fastinterMs: 50 },
    });
    const server = r.backend.servers[0]!;
    await r.pass(0);
    r.checks.observe(server, "server-error");
    expect(r.time.pending()).toEqual([2000]);
    r.checks.observe(server, "connect-failed");
    expect(r.time.pending()).toEqual([50]);
  });
});

interface AnswerCase {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly check?: Partial<HttpCheck>;
  /** As the log puts it after `reason:`. */
  readonly reason: string;
}

const page = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
const chunked =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n";
const text = (expected: string, not = false): HttpCheck["expect"] => [
  { match: { kind: "string", text: expected }, not },
];

/** Reasons as the real haproxy gave them for the same answers. */
const answerCases: readonly AnswerCase[] = [
  { name: "200", behaviour: answering(page), reason: "Layer7 check passed, code: 200" },
  {
    name: "a redirect",
    behaviour: answering("HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n"),
    reason: "Layer7 check passed, code: 301",
  },
  {
    name: "no reason phrase",
    behaviour: answering("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
    reason: "Layer7 check passed, code: 200",
  },
  {
    name: "500",
    behaviour: answering("HTTP/1.1 500 Internal Oops\r\nContent-Length: 0\r\n\r\n"),
    reason: 'Layer7 wrong status, code: 500, info: "Internal Oops"',
  },
  {
    name: "100",
    behaviour: answering("HTTP/1.1 100 Continue\r\n\r\n"),
    reason: 'Layer7 wrong status, code: 100, info: "Continue"',
  },
  {
    name: "404",
    behaviour: answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    reason: 'Layer7 wrong status, code: 404, info: "Not Found"',
  },
  {
    name: "404 under disable-on-404",
    behaviour: answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    check: { disableOn404: true },
    reason: "Layer7 check conditionally passed, code: 404",
  },
  { name: "no HTTP", behaviour: answering("garbage\r\n\r\n"), reason: "Layer7 invalid response" },
  {
    name: "nothing",
    behaviour: (socket) => socket.once("data", () => socket.end()),
    reason: "Layer7 invalid response",
  },
  {
    name: "half a head",
    behaviour: answering("HTTP/1.1 200 O"),
    reason: "Layer7 invalid response",
  },
  {
    name: "a reset",
    behaviour: (socket) => socket.once("data", () => socket.resetAndDestroy()),
    reason: 'Socket error, info: "Connection reset by peer"',
  },
  {
    name: "expect status",
    behaviour: answering(page),
    check: { expect: [{ match: { kind: "status", ranges: [[204, 204]] } }] },
    reason: 'Layer7 wrong status, code: 200, info: "OK"',
  },
  {
    name: "expect ! status",
    behaviour: answering(page),
    check: { expect: [{ match: { kind: "status", ranges: [[200, 200]] }, not: true }] },
    reason: 'Layer7 wrong status, code: 200, info: "OK"',
  },
  {
    name: "expect rstatus",
    behaviour: answering(page),
    check: { expect: [{ match: { kind: "rstatus", regex: /^4/ } }] },
    reason: 'Layer7 wrong status, code: 200, info: "OK"',
  },
  {
    name: "expect string",
    behaviour: answering(page),
    check: { expect: text("nope") },
    reason: 'Layer7 invalid response, info: "HTTP content check did not match"',
  },
  {
    name: "expect ! string",
    behaviour: answering(page),
    check: { expect: text("body", true) },
    reason: 'Layer7 invalid response, info: "HTTP check matched unwanted content"',
  },
  {
    name: "expect string without a body",
    behaviour: answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    check: { expect: text("x") },
    reason: 'Layer7 invalid response, info: "HTTP content check could not find a response body"',
  },
  {
    name: "expect string over chunks",
    behaviour: answering(chunked),
    check: { expect: text("body") },
    reason: "Layer7 check passed, code: 200",
  },
  {
    name: "expect rstring in what is here",
    behaviour: (socket) =>
      socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody")),
    check: { expect: [{ match: { kind: "rstring", regex: /^bo/ } }] },
    reason: "Layer7 check passed, code: 200",
  },
];

describe("HTTP checks", () => {
  for (const { name, behaviour, check, reason } of answerCases) {
    test(name, async () => {
      const r = await rig(1, {
        backend: { logHealthChecks: true, check: httpCheck(check) },
        server: { rise: 1, fall: 2 },
      });
      targets[0]!.behaviour = behaviour;
      const [line] = await r.pass(0);
      expect(line).toContain(`, reason: ${reason}, check duration: 0ms, status: `);
    });
  }

  test("a server that answers nothing times out", async () => {
    const r = await rig(1, {
      backend: { check: httpCheck(), timeouts: { connectMs: 500, checkMs: 300 } as never },
    });
    const asked = new Promise<void>((done) => {
      targets[0]!.behaviour = (socket) => socket.once("data", () => done());
    });
    r.time.advance(0);
    await asked;
    expect(r.time.pending()).toEqual([300]);
    expect((await r.pass(300))[0]).toContain("reason: Layer7 timeout, check duration: 300ms");
  });

  test("stopping under disable-on-404 and back", async () => {
    const r = await rig(1, { backend: { check: httpCheck({ disableOn404: true }) } });
    targets[0]!.behaviour = answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    expect(await r.pass(0)).toEqual([
      "<5>Server be/s1 is stopping, reason: Layer7 check conditionally passed, code: 404, check duration: 0ms. " +
      "0 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.",
      "<0>backend be has no server available!",
    ]);
    targets[0]!.behaviour = answering(page);
    expect((await r.pass(2000))[0]).toStartWith(
      "<5>Server be/s1 is UP, reason: Layer7 check passed",
    );
  });

  test("the request's bytes are those of haproxy", async () => {
    const r = await rig(1, {
      backend: {
        check: httpCheck({
          request: {
            method: "POST",
            target: "/p",
            version: "1.1",
            headers: [["host", "h"], ["x-a", "b"]],
            body: "hello",
          },
          sendState: true,
        }),
      },
    });
    targets[0]!.behaviour = answering(page);
    await r.pass(0);
    expect(targets[0]!.received.join("")).toBe(
      "POST /p HTTP/1.1\r\nhost: h\r\nx-a: b\r\n" +
        `x-haproxy-server-state: UP 1/3; address=127.0.0.1; port=${targets[0]!.port}; ` +
        "name=be/s1; node=node1; weight=1/1; scur=0/0; qcur=0\r\n" +
        "content-length: 5\r\nconnection: close\r\n\r\nhello",
    );
  });
});
