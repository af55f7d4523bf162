import { read, type Reading } from "./reading.ts";

// What can be read of the first bytes of a TLS client (RFC 8446 §4.1.2) or server without speaking
// TLS. Everything is judged as HAProxy does, which looks at one record, where it would be, and at no
// more of it than it needs. No function throws or reads beyond the bytes it is given.

function byte(bytes: string, at: number): number {
  return bytes.charCodeAt(at);
}

function word(bytes: string, at: number): number {
  return byte(bytes, at) << 8 | byte(bytes, at + 1);
}

function threeBytes(bytes: string, at: number): number {
  return byte(bytes, at) << 16 | word(bytes, at + 1);
}

/** Record types of SSLv3 and later: change_cipher_spec to application_data. */
function isRecordType(type: number): boolean {
  return type >= 0x14 && type <= 0x17 || type === 0xff;
}

/** The type of the handshake message in the first record, once all of it is there. */
export function readHandshakeType(bytes: string): Reading<number> {
  if (bytes === "") return "incomplete";
  if (!isRecordType(byte(bytes, 0))) return "absent";
  if (bytes.length < 9) return "incomplete";
  if (byte(bytes, 1) < 3 || word(bytes, 3) < 4) return "absent";
  return bytes.length < 9 + threeBytes(bytes, 6) ? "incomplete" : read(byte(bytes, 5));
}

/** Most bytes of a record, and least of one that holds a hello. */
const recordBytesMax = (1 << 14) + 2048;
const helloBytesMin = 6;

/** The version that a client's hello asks for, major in the upper 16 bits and minor in the lower. */
export function readVersion(bytes: string): Reading<number> {
  if (bytes === "") return "incomplete";
  if (!isRecordType(byte(bytes, 0))) return readVersion2(bytes);
  if (bytes.length < 11) return "incomplete";
  const length = word(bytes, 3);
  if (byte(bytes, 1) < 3 || length < helloBytesMin || length > recordBytesMax) return "absent";
  return bytes.length < 5 + length ? "incomplete" : read(byte(bytes, 9) << 16 | byte(bytes, 10));
}

/** Of a hello in the form of SSLv2, which later clients used to send too. */
function readVersion2(bytes: string): Reading<number> {
  const isShort = (byte(bytes, 0) & 0x80) !== 0;
  const headerBytes = isShort ? 2 : 3;
  if (bytes.length <= headerBytes) return "incomplete";
  const recordBytes = word(bytes, 0) & (isShort ? 0x7fff : 0x3fff);
  const paddingBytes = isShort ? 0 : byte(bytes, 2);
  if (byte(bytes, headerBytes) !== 1) return "absent";
  const at = headerBytes + 1;
  if (bytes.length < at + 8) return "incomplete";
  const cipherBytes = word(bytes, at + 2);
  const sessionBytes = word(bytes, at + 4);
  const challengeBytes = word(bytes, at + 6);
  const isHello = cipherBytes % 3 === 0 && (sessionBytes === 0 || sessionBytes === 16) &&
    challengeBytes >= 16 && challengeBytes <= 32 &&
    recordBytes === 9 + cipherBytes + sessionBytes + challengeBytes;
  if (!isHello) return "absent";
  const end = at + 8 + cipherBytes + sessionBytes + challengeBytes + paddingBytes;
  return bytes.length < end ? "incomplete" : read(byte(bytes, at) << 16 | byte(bytes, at + 1));
}

/** From `at` up to, not including, `end`. */
interface Span {
  readonly at: number;
  readonly end: number;
}

/** Record header, then message type and length. */
const helloAt = 5 + 4;
/** Version, random, empty session, one cipher, one method, the lengths of these and of the extensions. */
const helloWithExtensionBytesMin = 2 + 32 + 1 + 2 + 2 + 1 + 1 + 2 + 2;

/** The extensions of a client's hello, once all of it is there. */
function findExtensions(bytes: string): Reading<Span> {
  if (bytes === "") return "incomplete";
  if (byte(bytes, 0) !== 0x16) return "absent";
  if (bytes.length < 3) return "incomplete";
  if (byte(bytes, 1) < 3) return "absent";
  if (bytes.length < 5) return "incomplete";
  if (word(bytes, 3) < 1 + 3 + helloWithExtensionBytesMin) return "absent";
  if (bytes.length < 6) return "incomplete";
  if (byte(bytes, 5) !== 1) return "absent";
  if (bytes.length < helloAt) return "incomplete";
  const helloBytes = threeBytes(bytes, 6);
  if (helloBytes < helloWithExtensionBytesMin) return "absent";
  const end = helloAt + helloBytes;
  if (bytes.length < end) return "incomplete";
  if (byte(bytes, helloAt) < 3 || byte(bytes, helloAt + 1) < 1) return "absent";
  return skipToExtensions(bytes, end);
}

/** Past session, ciphers and compression methods; each has to leave room for what follows. */
function skipToExtensions(bytes: string, end: number): Reading<Span> {
  let at = helloAt + 2 + 32;
  const sessionBytes = byte(bytes, at);
  if (sessionBytes > 32 || at + 1 + sessionBytes > end) return "absent";
  at += 1 + sessionBytes;
  if (end - at < 4) return "absent";
  const cipherBytes = word(bytes, at);
  if (cipherBytes < 2 || at + 2 + cipherBytes > end) return "absent";
  at += 2 + cipherBytes;
  if (end - at < 2) return "absent";
  const methodBytes = byte(bytes, at);
  if (methodBytes < 1 || at + 1 + methodBytes > end) return "absent";
  at += 1 + methodBytes;
  if (end - at < 2) return "absent";
  const extensionBytes = word(bytes, at);
  if (at + 2 + extensionBytes > end) return "absent";
  return read({ at: at + 2, end: at + 2 + extensionBytes });
}

/** The content of the first extension of this type (RFC 8446 §4.2). */
function findExtension(bytes: string, type: number): Reading<Span> {
  const extensions = findExtensions(bytes);
  if (typeof extensions === "string") return extensions;
  const { end } = extensions.value;
  let { at } = extensions.value;
  while (end - at >= 4) {
    const length = word(bytes, at + 2);
    if (at + 4 + length > end) return "absent";
    if (word(bytes, at) === type) return read({ at: at + 4, end: at + 4 + length });
    at += 4 + length;
  }
  return "absent";
}

/** The name in the server name extension (RFC 6066 §3). */
export function readServerName(bytes: string): Reading<string> {
  const extension = findExtension(bytes, 0);
  if (typeof extension === "string") return extension;
  const { at, end } = extension.value;
  // Length of the list, then type and length of its first name; zero is a host name.
  if (end - at < 5 || at + 2 + word(bytes, at) > end || word(bytes, at) < 4) return "absent";
  const nameEnd = at + 5 + word(bytes, at + 3);
  if (byte(bytes, at + 2) !== 0 || nameEnd > end) return "absent";
  return read(bytes.substring(at + 5, nameEnd));
}

/** The first protocol that the client offers (RFC 7301 §3.1). */
export function readFirstProtocol(bytes: string): Reading<string> {
  const extension = findExtension(bytes, 16);
  if (typeof extension === "string") return extension;
  const { at, end } = extension.value;
  if (end - at < 3) return "absent";
  const nameEnd = at + 3 + byte(bytes, at + 2);
  return nameEnd > end ? "absent" : read(bytes.substring(at + 3, nameEnd));
}

/** Whether the client names the elliptic curves that it knows (RFC 8422 §5.1.1). */
export function readHasCurves(bytes: string): Reading<boolean> {
  const extension = findExtension(bytes, 10);
  return typeof extension === "string" ? extension : read(true);
}

/** 0 without the session ticket extension (RFC 5077 §3.2), 1 with an empty one, 2 with a ticket. */
export function readSessionTicket(bytes: string): Reading<number> {
  const extensions = findExtensions(bytes);
  if (typeof extensions === "string") return extensions;
  const extension = findExtension(bytes, 35);
  if (typeof extension === "string") return read(0);
  return read(extension.value.end > extension.value.at ? 2 : 1);
}
