import type { ConnectionWish } from "./connection_fields.ts";
import type { Fields } from "./fields.ts";
import type { RequestHead } from "./request_head.ts";

/** Sixteen bytes as Base64 (RFC 6455 §4.1); HAProxy does not look at what they are either. */
const keyCharacters = 24;

/** A WebSocket request without a key is no upgrade that a server could accept (RFC 6455 §4.2.1). */
export function lacksWebSocketKey(head: RequestHead, wish: ConnectionWish): boolean {
  if (!wish.upgrade || !isWebSocket(head)) return false;
  for (let i = head.find("sec-websocket-key"); i >= 0; i = head.find("sec-websocket-key", i)) {
    if (head.value(i).length === keyCharacters) return false;
  }
  return true;
}

/**
 * Whether a 101 says what HAProxy wants to read before two sides talk past it: `Connection: upgrade`, and of a
 * WebSocket that the server has understood the request (RFC 6455 §4.2.2). That its answer is the
 * right one for the key is the client's to find out.
 */
export function switchesProtocol(head: Fields): boolean {
  return nominates(head, "upgrade") &&
    (!isWebSocket(head) || head.has("sec-websocket-accept"));
}

/** HAProxy forgets what an Upgrade before the last one said. */
function isWebSocket(head: Fields): boolean {
  let last = -1;
  for (let i = head.find("upgrade"); i >= 0; i = head.find("upgrade", i)) last = i;
  return last >= 0 && holdsToken(head.value(last), "websocket");
}

/** @param token in small letters */
function nominates(head: Fields, token: string): boolean {
  for (let i = head.find("connection"); i >= 0; i = head.find("connection", i)) {
    if (holdsToken(head.value(i), token)) return true;
  }
  return false;
}

function holdsToken(value: string, token: string): boolean {
  return value.split(",").some((one) => one.trim().toLowerCase() === token);
}
