import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { loadConfiguration } from "../../src/config/load.ts";
import { decide } from "../../src/decide/decide.ts";
import type { Decision, FieldList } from "../../src/decide/decision.ts";
import type { RequestInput } from "../../src/decide/request_input.ts";
import { Gateway } from "../../src/proxy/gateway.ts";
import { State } from "../../src/state/state.ts";
import { Buffer } from "node:buffer";
import { connect, createServer, type Server } from "node:net";
import { freePort } from "../support/free_port.ts";

/** An origin that answers with the head it received, so that both sides can be compared. */
let origin: Server;
let originPort = 0;
let port = 0;
let gateway: Gateway;
const state = new State();

beforeAll(async () => {
  origin = createServer((socket) => {
    let received = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = received.slice(0, end + 4);
      const answer = `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n` +
        `X-Origin: ${Buffer.from(head, "latin1").toString("base64")}\r\n\r\n`;
      socket.end(answer, "latin1");
    });
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  originPort = (origin.address() as { port: number }).port;
  port = await freePort();
  gateway = new Gateway(state, {
    log() {},
    observeServer() {},
    alert() {},
    planChanged() {},
    draining() {},
    close() {},
  });
});

afterAll(async () => {
  await gateway.stop();
  await new Promise((resolve) => origin.close(resolve));
});

/** Everything that ends up on the wire, as far as the connection itself is not concerned. */
interface Outcome {
  readonly kind: "forward" | "reply" | "closed";
  readonly startLine: string;
  readonly headers: readonly string[];
  readonly body: string;
}

const closed: Outcome = { kind: "closed", startLine: "", headers: [], body: "" };

function lines(headers: FieldList): string[] {
  return headers.map(([name, value]) => `${name}: ${value}`);
}

function expectedOf(decision: Decision): Outcome {
  switch (decision.outcome) {
    case "forward": {
      const { method, target, version, headers } = decision.request;
      const startLine = `${method} ${target} HTTP/${version}`;
      return { kind: "forward", startLine, headers: lines(headers), body: "" };
    }
    case "reply": {
      const { status, reason, headers, body } = decision.reply;
      const startLine = `HTTP/1.1 ${status} ${reason}`;
      return { kind: "reply", startLine, headers: lines(headers), body };
    }
    case "reject":
    case "silent-drop":
      return closed;
    case "queue":
      throw new Error("A server without a limit has no queue");
  }
}

/** Sends the request and reads to the end of the connection. */
function exchange(request: RequestInput): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(rawOf(request), "latin1"));
    socket.on("data", (bytes) => received += bytes.toString("latin1"));
    // A connection that is closed under the request may also end in a reset.
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
  });
}

function rawOf({ method, target, version, headers, body }: RequestInput): string {
  return `${method} ${target} HTTP/${version}\r\n${lines(headers).join("\r\n")}\r\n\r\n${
    body ?? ""
  }`;
}

function observed(raw: string): Outcome {
  let final = raw;
  while (final.startsWith("HTTP/1.1 103")) final = final.slice(final.indexOf("\r\n\r\n") + 4);
  if (final === "") return closed;
  const reply = messageOf(final);
  const echoed = reply.headers.find((line) => line.startsWith("X-Origin: "))?.slice(10);
  if (echoed === undefined) return { kind: "reply", ...reply };
  return { kind: "forward", ...messageOf(Buffer.from(echoed, "base64").toString("latin1")) };
}

/** `Connection` is about the client's connection in an answer; to the origin it is compared. */
function messageOf(raw: string): Omit<Outcome, "kind"> {
  const end = raw.indexOf("\r\n\r\n");
  const [startLine = "", ...headers] = raw.slice(0, end).split("\r\n");
  const kept = startLine.startsWith("HTTP/")
    ? headers.filter((line) => !/^connection:/i.test(line))
    : headers;
  return { startLine, headers: kept, body: raw.slice(end + 4) };
}

const tests = [
  "{ path_beg /a }",
  "{ path_end .png }",
  "{ path /b }",
  "{ url_param(q) -m found }",
  "{ hdr_beg(host) -i www. }",
  "{ req.hdr(x-one) -m int gt 5 }",
  "{ hdr_cnt(x-one) ge 2 }",
  "{ src 127.0.0.0/8 }",
  "{ req.body -m sub tea }",
  "{ var(txn.seen) -m found }",
  "{ req.hdr(x-one),map_str(virt@made) -m found }",
  "is_a",
  "is_post",
  "HTTP_1.0",
  "METH_POST",
  "FALSE",
];
const term = fc.tuple(fc.constantFrom("", "", "!"), fc.constantFrom(...tests)).map((t) =>
  t.join("")
);
const condition = fc.array(fc.oneof({ weight: 4, arbitrary: term }, fc.constant("or")), {
  minLength: 1,
  maxLength: 4,
}).map((words) => words.join(" ").replace(/^(or )+|( or)+$/g, "")).filter((text) =>
  text !== "" && text !== "or" && !/or or/.test(text)
);
const suffix = fc.option(fc.tuple(fc.constantFrom("if", "unless"), condition), { nil: undefined })
  .map((pair) => pair ? ` ${pair.join(" ")}` : "");
const action = fc.constantFrom(
  "deny",
  "deny deny_status 429",
  "allow",
  "reject",
  // No `silent-drop`: its client would wait for ever.
  "set-header X-Seen %[path]",
  "add-header X-One %[src]",
  "del-header X-One",
  "replace-header Host (.*) $1.example",
  "replace-path /a(.*) /b\\1",
  "set-path /rewritten%[path]",
  "set-query q=%[path]",
  "set-method POST",
  "set-var(txn.seen) path",
  "set-map(virt@made) %[req.hdr(x-one)] yes",
  "set-src req.hdr(x-from)",
  "early-hint Link </x>",
  "wait-for-body time 1s",
  "redirect prefix /moved code 301",
  "redirect scheme https",
  "redirect location http://%[req.hdr(host)]/ drop-query set-cookie a=1",
  "return status 200 content-type text/plain lf-string %[method]-%[path]",
  "return status 404",
  "auth realm Here",
);
const rules = fc.array(fc.tuple(action, suffix).map((pair) => pair.join("")), { maxLength: 5 });
const afterRules = fc.array(
  fc.constantFrom("set-header X-After yes", "del-header Cache-Control", "set-status 418"),
  { maxLength: 2 },
);
const backendNames = ["one", "two", "three"];
const site = fc.record({
  rules,
  afterRules,
  switching: fc.array(
    fc.tuple(fc.constantFrom(...backendNames, "%[req.hdr(x-one)]"), suffix).map((p) => p.join("")),
    { maxLength: 6 },
  ),
  isDefaulted: fc.boolean(),
  forwardFor: fc.constantFrom("", "forwardfor", "forwardfor if-none", "forwardfor header X-Client"),
  mode: fc.constantFrom("", "http-server-close", "httpclose"),
  backendRules: fc.tuple(rules, rules, rules),
  servers: fc.tuple(
    ...backendNames.map(() => fc.constantFrom("up", "disabled", "backup", "redir")),
  ),
});

/** YAML takes any JSON string as it is. */
function yamlLines(keyword: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`    ${keyword}: [${items.map((item) => JSON.stringify(item)).join(", ")}]`];
}

const acls = "    acl: { is_a: path_beg /a, is_post: method POST }";

function yamlOf(value: typeof site extends fc.Arbitrary<infer T> ? T : never): string {
  const options = [value.forwardFor, value.mode].filter((option) => option !== "");
  const state = { up: "", disabled: " disabled", backup: " backup", redir: " redir http://r" };
  return [
    "defaults: { mode: http, timeout: { connect: 5s, client: 5s, server: 5s } }",
    "frontend:",
    "  www:",
    `    bind: "127.0.0.1:${port}"`,
    acls,
    ...yamlLines("option", options),
    ...yamlLines("http-request", value.rules),
    ...yamlLines("http-after-response", value.afterRules),
    ...yamlLines("use_backend", value.switching),
    ...(value.isDefaulted ? ["    default_backend: two"] : []),
    "backend:",
    ...backendNames.flatMap((name, i) => [
      `  ${name}:`,
      "    http-send-name-header: X-Server",
      acls,
      ...yamlLines("http-request", [...value.backendRules[i]!, `set-header X-Backend ${name}`]),
      `    server: { s1: "127.0.0.1:${originPort}${state[value.servers[i]!]}", ` +
      `s2: "127.0.0.1:${originPort} weight 3${state[value.servers[i]!]}" }`,
    ]),
  ].join("\n");
}

const request = fc.record({
  method: fc.constantFrom("GET", "POST", "HEAD", "PURGE"),
  target: fc.constantFrom("/a", "/b", "/a/x.png", "/?q=1", "/a?q=2", "http://www.x/a", "/b/../c"),
  version: fc.constantFrom<"1.0" | "1.1">("1.1", "1.1", "1.0"),
  headers: fc.uniqueArray(
    fc.constantFrom<[string, string]>(
      ["X-One", "7"],
      ["X-One", "one"],
      ["x-one", "3, 9"],
      ["X-From", "192.0.2.1"],
      ["X-Forwarded-For", "10.9.9.9"],
      ["Cookie", "a=b"],
      ["TE", "gzip"],
    ),
  ),
  host: fc.constantFrom("www.x", "x", "X.EXAMPLE:80"),
  body: fc.constantFrom("", "tea", "coffee"),
}).map(({ host, ...rest }): RequestInput => {
  const length: [string, string][] = rest.body === ""
    ? []
    : [["Content-Length", String(rest.body.length)]];
  const own = rest.target.startsWith("http") ? "www.x" : host;
  const headers: [string, string][] = [["Host", own], ...rest.headers, ...length];
  // One connection for each request; the gateway takes the wish off.
  return {
    ...rest,
    headers: [...headers, ["Connection", "close"]],
    from: "127.0.0.1",
    to: "127.0.0.1",
  };
});

/** The Plan of a text over a State, with all that must be known about its being refused. */
function load(text: string, staged: ReturnType<State["stage"]>) {
  return loadConfiguration(["site.yaml"], {
    staged,
    environment: {},
    hostname: "localhost",
    readFile: (path) => {
      if (path === "site.yaml") return Buffer.from(text).toString("latin1");
      throw new Error(`no file ${path}`);
    },
  });
}

test("what explain says is what a live gateway does", async () => {
  let compared = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      site,
      fc.array(request, { minLength: 1, maxLength: 4 }),
      async (value, sent) => {
        // A list lives as long as the State: each run has one of its own.
        const text = yamlOf(value).replaceAll("virt@made", `virt@made${++runs}`);
        const staged = state.stage();
        const live = load(text, staged);
        // An action may not fit every place; what counts here is what loads.
        if (!live.plan) throw new Error(live.diagnostics.map((d) => d.message).join("\n"));
        await gateway.adopt(live.plan, staged, new Map());
        const own = new State();
        const ownStaged = own.stage();
        const { plan } = load(text, ownStaged);
        ownStaged.commit(plan!);
        for (const input of sent) {
          const decision = decide(plan!, "www", { ...input, toPort: port });
          const expected = expectedOf(decision);
          const seen = observed(await exchange(input));
          expect(withoutTurn(seen)).toEqual(withoutTurn(expected));
          compared++;
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(compared).toBeGreaterThan(150);
});

/** The live balancer has given turns away before; which server's turn it is is not compared. */
function withoutTurn(outcome: Outcome): Outcome {
  const headers = outcome.headers.map((line) => line.replace(/^(x-server: ).*/i, "$1any"));
  return { ...outcome, headers };
}
