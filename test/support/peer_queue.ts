import { dlopen, ptr } from "bun:ffi";
import type { Socket } from "node:net";

/**
 * How many bytes the other end of a loopback connection has received and not read: Linux tells it
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

/** `nlmsghdr` (16) and `inet_diag_req_v2` (56); the answer has `idiag_rqueue` behind 72 bytes. */
const REQUEST_BYTES = 72;
const ANSWER_BYTES = 4096;
const STATE_AT = 17;
const UNREAD_AT = 72;

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

/** Undefined when the other end is gone, or when it is no IPv4 socket of this machine. */
export function unreadByPeer(socket: Socket): number | undefined {
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
  // The other end's own address is our remote one.
  requestView.setUint16(24, remotePort);
  requestView.setUint16(26, localPort);
  putAddress(28, remoteAddress);
  putAddress(44, localAddress);
  requestView.setUint32(64, INET_DIAG_NOCOOKIE, true);
  requestView.setUint32(68, INET_DIAG_NOCOOKIE, true);
  if (Number(libc.send(netlink, ptr(request), REQUEST_BYTES, 0)) < 0) return undefined;
  const length = Number(libc.recv(netlink, ptr(answer), ANSWER_BYTES, 0));
  if (length < UNREAD_AT + 4 || answerView.getUint16(4, true) !== SOCK_DIAG_BY_FAMILY) {
    return undefined;
  }
  const state = answer[STATE_AT];
  // Without the connection itself, the kernel answers with the listener of its address.
  if (state === TCP_LISTEN || state === TCP_TIME_WAIT) return undefined;
  return answerView.getUint32(UNREAD_AT, true);
}
