import type { Context } from "../../lang/context.ts";
import type { CheckMatch, CheckText, Finding, TextTest } from "../check_plan.ts";
import { implicitConnect, plainExpectation, type WrittenStep } from "./check_steps.ts";

/** The checks that HAProxy has built in are rule sets of `tcp-check`; these are the same ones. */

const lingering = { ...implicitConnect, linger: true } as const;

function send(data: CheckText): WrittenStep {
  return { kind: "send", data, hex: false, comment: undefined };
}

function expect(
  match: CheckMatch,
  rest: Partial<Omit<typeof plainExpectation, "kind">> = {},
): WrittenStep {
  return { ...plainExpectation, match, ...rest };
}

function rstring(regex: TextTest): CheckMatch {
  return { kind: "rstring", regex };
}

/** `option redis-check`. */
export function redisCheck(): readonly WrittenStep[] {
  return [
    send("*1\r\n$4\r\nPING\r\n"),
    expect({ kind: "string", text: "+PONG\r\n" }, {
      errorStatus: "L7STS",
      onError: firstLine(0),
      onSuccess: "Redis server is ok",
    }),
  ];
}

/** `option smtpchk`. */
export function smtpCheck(greeting: string): readonly WrittenStep[] {
  const tells = { errorStatus: "L7STS", onError: firstLine(4), statusCode: replyCode } as const;
  return [
    lingering,
    expect(rstring(/^[0-9]{3}[ \r]/), { minRecv: 4, errorStatus: "L7RSP", onError: firstLine(0) }),
    expect(rstring(/^2[0-9]{2}[ \r]/), { minRecv: 4, ...tells }),
    send(`${greeting}\r\n`),
    expect(rstring(/^(2[0-9]{2}-[^\r]*\r\n)*2[0-9]{2}[ \r]/), {
      ...tells,
      onSuccess: firstLine(4),
    }),
    send("QUIT\r\n"),
    expect(rstring(/^2[0-9]{2}[- \r]/), { minRecv: 4, ...tells, onSuccess: firstLine(4) }),
  ];
}

/** `option pgsql-check`: a start-up message, and an answer that asks for a password or does not. */
export function pgsqlCheck(user: string): readonly WrittenStep[] {
  const message = "\x00\x03\x00\x00user\0" + user + "\0\0";
  return [
    lingering,
    send(bigEndian(message.length + 4) + message),
    expect(rstring(/^E/), {
      not: true,
      minRecv: 5,
      errorStatus: "L7RSP",
      onError: ofReceived((text) => text.slice(6)),
    }),
    expect({
      kind: "rbinary",
      regex: /^52000000[A-Z0-9]{2}000000(00|02|03|04|05|06|07|09|0A)/,
    }, {
      minRecv: 9,
      errorStatus: "L7STS",
      onSuccess: "PostgreSQL server is ok",
      onError: "PostgreSQL unknown error",
    }),
  ];
}

/** `option ldap-check`: an anonymous bind. */
export function ldapCheck(): readonly WrittenStep[] {
  return [
    send("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"),
    expect({ kind: "rbinary", regex: /^30/ }, { minRecv: 14, onError: "Not LDAPv3 protocol" }),
    expect({ kind: "custom", judge: ldapBindResponse }),
  ];
}

/** RFC 4511 §4.2.2: message 1, a bind response, whose result code tells. */
function ldapBindResponse(received: string): Finding {
  const longForm = (at: number) => {
    const length = received.charCodeAt(at);
    return length & 0x80 ? length & 0x7f : 0;
  };
  let skip = longForm(1);
  if (skip > 2 || received.substr(2 + skip, 4) !== "\x02\x01\x01\x61") return notLdap;
  skip += longForm(6 + skip);
  if (skip > 4 || received.substr(7 + skip, 2) !== "\x0a\x01") return notLdap;
  const code = received.charCodeAt(9 + skip);
  if (code === 0) return { status: "L7OK", code, info: "Success" };
  const info = "See RFC: http://tools.ietf.org/html/rfc4511#section-4.1.9";
  return { status: "L7STS", code, info };
}

const notLdap: Finding = { status: "L7RSP", code: 0, info: "Not LDAPv3 protocol" };

/** `option mysql-check`: the server's greeting; with a user, what it answers to that one as well. */
export function mysqlCheck(
  user: string | undefined,
  version: "pre-41" | "post-41",
): readonly WrittenStep[] {
  const greeting = (last: boolean) =>
    expect({
      kind: "custom",
      judge: (received, ended) => mysqlPacket(received, 0, ended, last),
    });
  if (user === undefined) return [lingering, greeting(true)];
  const body = version === "post-41"
    ? "\x00\x82\x00\x00\x00\x80\x00\x01\x21" + "\0".repeat(23) + user + "\0\0"
    : "\x00\x80\x00\x00\x01" + user + "\0\0";
  const quit = "\x01\x00\x00\x00\x01";
  return [
    lingering,
    send(String.fromCharCode(body.length & 255, body.length >> 8, 0, 1) + body + quit),
    greeting(false),
    expect({
      kind: "custom",
      judge: (received, ended) => mysqlPacket(received, packetEnd(received, 0), ended, true),
    }),
  ];
}

/** A length of three bytes, lowest first, and a number stand before each packet. */
function packetEnd(received: string, at: number): number {
  const byte = (i: number) => received.charCodeAt(at + i);
  return at + 4 + byte(0) + (byte(1) << 8) + (byte(2) << 16);
}

function mysqlPacket(
  received: string,
  at: number,
  ended: boolean,
  last: boolean,
): "met" | "later" | Finding {
  const incomplete = ended ? { status: "L7RSP", code: 0, info: "" } as const : "later";
  if (received.length < at + 4 || received.length < packetEnd(received, at)) return incomplete;
  if (received[at + 4] === "\xff") {
    const code = received.charCodeAt(at + 5) + (received.charCodeAt(at + 6) << 8);
    return { status: "L7STS", code, info: received.slice(at + 7) };
  }
  if (!last) return "met";
  // The version of the greeting, whichever packet was looked at.
  return { status: "L7OK", code: 0, info: received.slice(5) };
}

/** `option ssl-hello-chk`: a hello of SSLv3, and any answer of that protocol's family. */
export function sslHelloCheck(): readonly WrittenStep[] {
  return [
    send({ text: "", render: (cx) => sslHello(Math.floor(cx.now / 1000)) }),
    expect({ kind: "rbinary", regex: /^1[56]/ }, {
      minRecv: 5,
      okStatus: "L6OK",
      errorStatus: "L6RSP",
      timeoutStatus: "L6TOUT",
    }),
  ];
}

/** The 39 ciphers of SSLv3 that are common: 0x01 to 0x1b and 0x2f to 0x3a. */
const ciphers = Array.from({ length: 0x3a }, (_, i) => i + 1)
  .filter((cipher) => cipher <= 0x1b || cipher >= 0x2f)
  .map((cipher) => "\0" + String.fromCharCode(cipher)).join("");

function sslHello(seconds: number): string {
  const random = bigEndian(seconds) + "HAPROXYSSLCHK\nHAPROXYSSLCHK\n";
  const hello = "\x03\x00" + random + "\0" + uint16(ciphers.length) + ciphers + "\x01\x00";
  const handshake = "\x01\x00" + uint16(hello.length) + hello;
  return "\x16\x03\x00" + uint16(handshake.length) + handshake;
}

/** The first line of what was received, from `at` on. */
function firstLine(at: number): CheckText {
  return ofReceived((text) => {
    const rest = at === 0 ? text : text.slice(at).replace(/^ +/, "");
    return /^[^\r\n]*/.exec(rest)![0];
  });
}

function ofReceived(read: (text: string) => string): CheckText {
  return { text: "", render: (cx) => read(receivedOf(cx)) };
}

function receivedOf(cx: Context): string {
  return cx.responseBuffer?.text ?? "";
}

function replyCode(cx: Context): number | undefined {
  const code = /^[0-9]{3}/.exec(receivedOf(cx));
  return code ? Number(code[0]) : undefined;
}

function uint16(word: number): string {
  return String.fromCharCode(word >>> 8 & 255, word & 255);
}

function bigEndian(word: number): string {
  return uint16(word >>> 16) + uint16(word & 0xffff);
}
