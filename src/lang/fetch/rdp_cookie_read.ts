import { read, type Reading } from "./reading.ts";

/** Of TPKT and X.224, in front of the cookie. */
const headerBytes = 11;
const label = "cookie:";

/**
 * The cookie in the first packet of an RDP client (MS-RDPBCGR §2.2.1.1), as HAProxy reads it.
 *
 * @param name in any case; "" takes the cookie whatever its name
 */
export function readRdpCookie(bytes: string, name: string): Reading<string> {
  if (bytes.length <= headerBytes + label.length) return "incomplete";
  let at = headerBytes + label.length;
  if (bytes.substring(headerBytes, at).toLowerCase() !== label) return "absent";
  while (bytes[at] === " ") at++;
  return name === "" ? readAnyName(bytes, at) : readName(bytes, at, name);
}

function readName(bytes: string, at: number, name: string): Reading<string> {
  const end = at + name.length;
  if (bytes.length <= end) return "incomplete";
  if (bytes[end] !== "=" || bytes.substring(at, end).toLowerCase() !== name.toLowerCase()) {
    return "absent";
  }
  return readValue(bytes, end + 1);
}

function readAnyName(bytes: string, at: number): Reading<string> {
  for (; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === "=") return readValue(bytes, at + 1);
    if (byte === "\r" || byte === "\n") return "absent";
  }
  return "incomplete";
}

function readValue(bytes: string, at: number): Reading<string> {
  const end = bytes.indexOf("\r", at);
  if (end < 0 || end + 1 === bytes.length) return "incomplete";
  return bytes[end + 1] === "\n" ? read(bytes.substring(at, end)) : "absent";
}
