import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { parseRule, RuleSet } from "../../src/rules/rule_set.ts";
import { recordedTransaction } from "../rules/recorded_transaction.ts";
import { testScope } from "../rules/test_scope.ts";
import type { GatewayProcess } from "../support/child_process.ts";
import { freePort } from "../support/free_port.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { words } from "./lang_scope.ts";
import { hellos, patched, rdpPacket } from "./raw_bytes.ts";

/** Each as it would stand behind `if`; the value of the fetch in it is compared as well. */
const conditions = [
  "{ req.len 2 }",
  "{ req.len gt 400 }",
  "{ req.payload(0,3) -m found }",
  "{ req.payload(0,0) -m str abc }",
  "{ req.payload(1,2) -m bin 6263 }",
  "{ req.payload(3,0) -m found }",
  "{ req.payload(0,20000) -m found }",
  "{ req.payload_lv(1,1) -m found }",
  "{ req.payload_lv(0,2) -m len gt 1 }",
  // With an offset that is not relative HAProxy 2.6 reads at half of it; the manual says at it.
  "{ req.payload_lv(0,1,+1) -m found }",
  "{ req.payload_lv(2,1,-3) -m found }",
  "{ req.ssl_hello_type 1 }",
  "{ req.ssl_ver 3.1:3.3 }",
  "{ req.ssl_sni -m end example.com }",
  "{ req.ssl_alpn h2 }",
  "{ req.ssl_ec_ext }",
  "{ req.ssl_st_ext 1 }",
  "{ req.rdp_cookie(mstshash) -m str user }",
  "{ req.rdp_cookie -m found }",
  "{ req.rdp_cookie_cnt(MSTSHASH) gt 0 }",
  "{ wait_end }",
] as const;

const tls13 = hellos.tls13;
const sent = [
  "a",
  "ab",
  "abc",
  "\x00\x01abc",
  "\x00\x03ab",
  "\x00\x00abc",
  "\x02\xffabcdef",
  "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
  "GET /a HTTP/1.1\r\nHost: h\r\n",
  "GE",
  "get it\r\n",
  "\x16",
  // HAProxy takes a hello of which up to four bytes are missing for whole, and reads past its end.
  ...[2, 4, 5, 8, 9, 10, 42, 100, tls13.length - 5]
    .map((length) => tls13.substring(0, length)),
  ...Object.values(hellos),
  tls13 + "\x17\x03\x03",
  hellos.ssl2.substring(0, 2),
  hellos.ssl2.substring(0, 12),
  patched(hellos.ssl2, 4, "\x00\x04"),
  // Not TLS after all: record type, versions, message type, lengths of session and extensions.
  ...[[0, "\x17"], [1, "\x02"], [5, "\x02"], [9, "\x02"], [43, "\x21"], [139, "\xff\xff"]]
    .map(([at, bytes]) => patched(tls13, at as number, bytes as string)),
  rdpPacket("Cookie: mstshash=user\r\n"),
  rdpPacket("Cookie: mstshash=user\r"),
  rdpPacket("Cookie: mstshash=us"),
  rdpPacket("cookie:other=user\r\n"),
  rdpPacket("Cookie: msts"),
  rdpPacket("Kookie: mstshash=user\r\n"),
  rdpPacket("Cook"),
] as const;

/** Counts looks, shows the value as it would be final, then asks the condition, which may wait. */
function rulesFor(condition: string): string[] {
  const fetch = condition.split(" ")[1]!;
  const isText = /payload|sni|alpn|rdp_cookie(?!_cnt)/.test(fetch);
  return [
    "set-var(txn.looks) var(txn.looks),add(1) if { var(txn.looks) -m found }",
    "set-var(txn.looks) int(1) if !{ var(txn.looks) -m found }",
    `set-var(txn.value) ${fetch}${isText ? ",hex" : ""}`,
    `set-var(txn.yes) int(1) if ${condition}`,
    "reject",
  ];
}

const haproxy = haproxyAvailable();
const directory = mkdtempSync(join(tmpdir(), "sluice-inspection-"));
const log = createSocket("udp4");
/** Who waits for the log line of a connection. */
const waiting = new Map<string, (line: string) => void>();
let port = 0;
let gateway: GatewayProcess | undefined;

const addressOf = (index: number) => `127.0.7.${index + 1}`;

/** With `defer-accept` a connection is first looked at when its first bytes are there. */
function configuration(): string {
  return [
    "global",
    "  nbthread 1",
    `  log 127.0.0.1:${log.address().port} format raw local0`,
    "defaults",
    "  log global",
    "  timeout client 5s",
    "  timeout server 5s",
    "  timeout connect 5s",
    '  log-format "at=%fi:%cp %[var(txn.looks)] %[var(txn.yes)] [%[var(txn.value)]]"',
    ...conditions.flatMap((condition, i) => [
      `frontend f${i}`,
      `  bind ${addressOf(i)}:${port} defer-accept`,
      "  tcp-request inspect-delay 20ms",
      ...rulesFor(condition).map((rule) => `  tcp-request content ${rule}`),
    ]),
    // Last, because sockets are bound in the order of the file.
    `frontend ready\n  bind 127.0.0.1:${port}\n  no log`,
    "",
  ].join("\n");
}

beforeAll(async () => {
  if (!haproxy.available) return;
  log.on("message", (bytes) => {
    const [, place, line] = /at=(\S+) (.*)/.exec(bytes.toString("latin1"))!;
    waiting.get(place!)?.(line!);
  });
  await new Promise<void>((resolve) => log.bind(0, "127.0.0.1", resolve));
  port = await freePort();
  const file = join(directory, "haproxy.cfg");
  writeFileSync(file, configuration());
  gateway = await startHaproxy(file, { host: "127.0.0.1", port });
});

afterAll(async () => {
  await gateway?.stop();
  log.close();
  rmSync(directory, { recursive: true });
});

/** Sends bytes to a condition's frontend; the log line without its place. */
function askHaproxy(index: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: addressOf(index), port });
    socket.on("error", reject);
    socket.on("connect", () => {
      waiting.set(`${addressOf(index)}:${socket.localPort}`, (line) => {
        socket.destroy();
        resolve(line);
      });
      socket.write(Buffer.from(bytes, "latin1"));
    });
  });
}

/** The same rules over the same bytes: what is there, then, if they wait, as all there is. */
function ask(condition: string, bytes: string): string {
  const scope = testScope({ ruleSet: "tcp-request content", phase: "fe_tcp_req_cont" });
  const rules = new RuleSet(
    rulesFor(condition).map((rule) => parseRule("tcp-request content", words(rule), scope)),
  );
  const requestBuffer = { text: bytes, closed: false };
  const tx = recordedTransaction(offlineContext({ requestBuffer, final: false }));
  const cursor = { next: 0, resuming: false };
  if (rules.run(tx, cursor) === "wait") {
    tx.final = true;
    expect(rules.run(tx, cursor)).toBe("abort");
  }
  const shown = (name: string) => {
    const value = tx.variables.get("txn", name) ?? "";
    return value === "" ? "-" : typeof value === "boolean" ? Number(value) : value;
  };
  return `${shown("looks")} ${shown("yes")} [${shown("value")}]`;
}

describe.skipIf(!haproxy.available)("rules over the first bytes look, wait and decide", () => {
  for (const [i, condition] of conditions.entries()) {
    test(`as haproxy's with ${condition}`, async () => {
      const answers = await Promise.all(sent.map((bytes) => askHaproxy(i, bytes)));
      const compared = sent.map((bytes, k) => ({ bytes, looksYesValue: answers[k]! }));
      expect(sent.map((bytes) => ({ bytes, looksYesValue: ask(condition, bytes) })))
        .toEqual(compared);
    });
  }
});
