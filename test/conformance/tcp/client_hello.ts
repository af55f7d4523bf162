/** What a ClientHello says; without a name or protocols their extensions are left out. */
export interface HelloFacts {
  readonly name?: string;
  readonly protocols?: readonly string[];
  /** Version in the hello, 0x0303 (TLS 1.2 and 1.3) when absent; the record says 0x0301. */
  readonly version?: number;
  readonly recordVersion?: number;
  /** Adds supported_versions for TLS 1.3. */
  readonly tls13?: boolean;
  /** Length of the session id. */
  readonly sessionIdLength?: number;
}

/** A number as big-endian bytes. */
function number(value: number, size: number): string {
  return Array.from(
    { length: size },
    (_, n) => String.fromCharCode((value >> (8 * (size - 1 - n))) & 255),
  ).join("");
}

/** Text behind its length. */
const counted = (text: string, size: number): string => number(text.length, size) + text;

const extension = (type: number, content: string): string => number(type, 2) + counted(content, 2);

/** A TLS ClientHello (RFC 8446 §4.1.2) in one record. */
export function clientHello(facts: HelloFacts = {}): string {
  const { name, protocols, version = 0x0303, recordVersion = 0x0301, tls13, sessionIdLength = 32 } =
    facts;
  const extensions = [
    extension(0x000a, counted("\x00\x1d\x00\x17", 2)),
    ...(name === undefined ? [] : [extension(0, counted("\0" + counted(name, 2), 2))]),
    ...(protocols === undefined
      ? []
      : [extension(16, counted(protocols.map((one) => counted(one, 1)).join(""), 2))]),
    ...(tls13 ? [extension(43, counted("\x03\x04\x03\x03", 1))] : []),
  ].join("");
  const body = number(version, 2) + "r".repeat(32) + counted("s".repeat(sessionIdLength), 1) +
    counted("\x13\x01\xc0\x2f", 2) + counted("\0", 1) + counted(extensions, 2);
  return `\x16${number(recordVersion, 2)}${counted(`\x01${counted(body, 3)}`, 2)}`;
}

/** A text in two pieces, once for each place. */
export function cuts(text: string, places: readonly number[]): readonly (readonly string[])[] {
  return places.map((at) => [text.slice(0, at), text.slice(at)]);
}

/** Places in a ClientHello where one part ends and another begins, or a length is torn. */
export function placesIn(hello: string, name: string): readonly number[] {
  const nameAt = hello.indexOf(name);
  const ends = [1, 3, 4, 5, 6, 9, 11, 42, 43, 44, 76, 78];
  return [...ends, nameAt - 5, nameAt - 1, nameAt, nameAt + 3, nameAt + name.length]
    .filter((at) => at > 0 && at < hello.length);
}
