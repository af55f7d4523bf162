import { dlopen, ptr } from "bun:ffi";
import type { Socket } from "node:net";

/**
 * What the kernel holds of a loopback connection, at either end: Linux tells it
 * for one connection through sock_diag(7), however many others there are. /proc/net/tcp tells it
 * too, but takes the longer the more connections the kernel remembers.
 */

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const AF_INET = 2;
const IPPROTO_TCP = 6;
const INET_DIAG_NOCOOKIE = 0xffff_ffff;
const TCP_TIME_WAIT = 6;
const TCP_LISTEN = 10;

/** `nlmsghdr` (16) and `inet_diag_req_v2` (56); the answer has `idiag_rqueue` behind 72 bytes, then `idiag_wqueue`. */
const REQUEST_BYTES = 72;
const ANSWER_BYTES = 4096;
const STATE_AT = 17;
const UNREAD_AT = 72;
const UNSENT_AT = 76;

const libc = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
}).symbols;

const netlink = libc.socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
const request = new Uint8Array(new ArrayBuffer(REQUEST_BYTES));
const answer = new Uint8Array(new ArrayBuffer(ANSWER_BYTES));
const requestView = new DataView(request.buffer);
const answerView = new DataView(answer.buffer);

function putAddress(at: number, text: string): void {
  text.split(".").forEach((part, n) => request[at + n] = Number(part));
}

/** Bytes that the kernel holds at one end of a connection. */
export interface Queues {
  /** Received, and not read. */
  readonly unread: number;
  /** Sent, and not there yet. */
  readonly unsent: number;
}

/** Undefined when the other end is gone, or when it is no IPv4 socket of this machine. */
export function unreadByPeer(socket: Socket): number | undefined {
  return queuesOf(socket, "its peer's")?.unread;
}

/** Undefined when that end is gone, or when it is no IPv4 socket of this machine. */
export function queuesOf(socket: Socket, end: "its own" | "its peer's"): Queues | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || localPort === undefined) return undefined;
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  request.fill(0);
  requestView.setUint32(0, REQUEST_BYTES, true);
  requestView.setUint16(4, SOCK_DIAG_BY_FAMILY, true);
  requestView.setUint16(6, NLM_F_REQUEST, true);
  request[16] = AF_INET;
  request[17] = IPPROTO_TCP;
  requestView.setUint32(20, 0xffff_ffff, true);
  const own = { address: localAddress, port: localPort };
  const other = { address: remoteAddress, port: remotePort };
  // The other end's own address is our remote one.
  const [at, to] = end === "its own" ? [own, other] : [other, own];
  requestView.setUint16(24, at.port);
  requestView.setUint16(26, to.port);
  putAddress(28, at.address);
  putAddress(44, to.address);
  requestView.setUint32(64, INET_DIAG_NOCOOKIE, true);
  requestView.setUint32(68, INET_DIAG_NOCOOKIE, true);
  if (Number(libc.send(netlink, ptr(request), REQUEST_BYTES, 0)) < 0) return undefined;
  const length = Number(libc.recv(netlink, ptr(answer), ANSWER_BYTES, 0));
  if (length < UNSENT_AT + 4 || answerView.getUint16(4, true) !== SOCK_DIAG_BY_FAMILY) {
    return undefined;
  }
  const state = answer[STATE_AT];
  // Without the connection itself, the kernel answers with the listener of its address.
  if (state === TCP_LISTEN || state === TCP_TIME_WAIT) return undefined;
  return {
    unread: answerView.getUint32(UNREAD_AT, true),
    unsent: answerView.getUint32(UNSENT_AT, true),
  };
}
