import { rdpPacket } from "../../../language/raw_bytes.ts";
import { clientHello } from "../client_hello.ts";

/** What clients of several protocols send first. */
export const www = clientHello({
  name: "www.example.com",
  protocols: ["h2", "http/1.1"],
  tls13: true,
});
export const mail = clientHello({ name: "mail.example.org" });
export const nameless = clientHello();
export const get = "GET /a HTTP/1.1\r\nHost: www.example.com\r\n\r\n";
export const ssh = "SSH-2.0-OpenSSH_9.2\r\n";
export const rdp = rdpPacket("Cookie: mstshash=user\r\n");
/** Three backends with one origin each. */
export const three = {
  main: ["server o1 ORIGIN1"],
  a: ["server o2 ORIGIN2"],
  b: ["server o3 ORIGIN3"],
};
/** Longer than any case takes, and short enough to wait for. */
export const patient = "tcp-request inspect-delay 6s";
export const hasty = "tcp-request inspect-delay 500ms";
