import { Buffer } from "node:buffer";

/** Bytes given as hexadecimal digits, as latin1 text. */
export function fromHex(digits: string): string {
  return Buffer.from(digits, "hex").toString("latin1");
}

/** First bytes of `openssl s_client` 3.0, by what was asked of it. */
export const hellos = {
  /** `-servername www.example.com -alpn h2,http/1.1`. */
  tls13: fromHex(
    "160301014e0100014a0303be6bd0d52ba0550a81d0d0bcc81cda6afa05ec91f575fcbcfe3ffd0418ba44e5201cd0" +
      "b465e552eeca0481c2f0a402274a75271cda1a9b05066449d46ee97f6bc7003e130213031301c02cc030009fcca9" +
      "cca8ccaac02bc02f009ec024c028006bc023c0270067c00ac0140039c009c0130033009d009c003d003c0035002f" +
      "00ff010000c300000014001200000f7777772e6578616d706c652e636f6d000b000403000102000a001600140" +
      "01d0017001e0019001801000101010201030104002300000010000e000c02683208687474702f312e3100160000" +
      "00170000000d002a0028040305030603080708080809080a080b0804080508060401050106010303030103020402" +
      "05020602002b0009080304030303020301002d00020101003300260024001d0020315382de1b56765c142750f2a3" +
      "ef52570a13dc7856964db72bd5ab31f8372e77",
  ),
  /** `-tls1_2 -servername mail.example.org -no_ticket`. */
  tls12: fromHex(
    "1603010098010000940303dc0cff37e010cac1f157ff6f9e83ba54c8b8864c4a397509dd9842df72ffadea000004" +
      "c02f00ff010000670000001500130000106d61696c2e6578616d706c652e6f7267000b000403000102000a000c00" +
      "0a001d0017001e001900180016000000170000000d002a0028040305030603080708080809080a080b0804080508" +
      "060401050106010303030103020402050206" +
      "02",
  ),
  /** `-tls1_2 -noservername -cipher AES128-SHA`. */
  nameless: fromHex(
    "160301006b0100006703036441ffb28c7ce5db8ef93140c548d6124128e7b55da3a6d99f03a019029b40aa000004" +
      "002f00ff0100003a002300000016000000170000000d002a0028040305030603080708080809080a080b08040805" +
      "08060401050106010303030103020402050206" +
      "02",
  ),
  /** The form of SSLv2, asking for TLS 1.0; no tool makes them any more. */
  ssl2: fromHex("801c0103010003000000100000" + "2f" + "00".repeat(16)),
} as const;

/** First packet of an RDP client with a cookie line. */
export function rdpPacket(line: string): string {
  return "\x03\x00\x00\x2f\x2a\xe0\x00\x00\x00\x00\x00" + line;
}

/** One piece of a hello changed: `bytes` replaces what stands at `at`. */
export function patched(text: string, at: number, bytes: string): string {
  return text.substring(0, at) + bytes + text.substring(at + bytes.length);
}
