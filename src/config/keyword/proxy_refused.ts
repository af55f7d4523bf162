import type { KeywordGroup } from "./spec.ts";

/** Proxy keywords that HAProxy has and Sluice does not, and why. */
export const refusedProxyKeywords: readonly KeywordGroup[] = [
  {
    why: "there are no stick tables",
    names: [
      "stick match",
      "stick on",
      "stick store-request",
      "stick store-response",
      "stick-table",
    ],
  },
  { why: "there is no SPOE", names: ["option spop-check"] },
  {
    why: "it runs no other programs",
    names: ["external-check command", "external-check path", "option external-check"],
  },
  {
    why: "it sends no mail",
    names: [
      "email-alert from",
      "email-alert level",
      "email-alert mailers",
      "email-alert myhostname",
      "email-alert to",
    ],
  },
  {
    why: "there is no statistics page",
    names: [
      "stats admin",
      "stats auth",
      "stats enable",
      "stats hide-version",
      "stats http-request",
      "stats realm",
      "stats refresh",
      "stats scope",
      "stats show-desc",
      "stats show-legends",
      "stats show-modules",
      "stats show-node",
      "stats show-version",
      "stats uri",
    ],
  },
  {
    why: "there is no TLS",
    names: ["crt", "option httpslog", "ssl-f-use"],
  },
  {
    why: "nothing is compressed; mount Hono's compress on the frontend",
    names: ["compression"],
  },
  { why: "filters limit bandwidth, in whatever order", names: ["filter-sequence"] },
  {
    why: "backends are always published",
    names: ["be-unpublished", "force-be-switch"],
  },
  {
    why: "servers' states are kept over a reload, and not written to a file",
    names: ["load-server-state-from-file", "server-state-file-name"],
  },
  { why: "a hashed request waits for its server", names: ["hash-preserve-affinity"] },
  { why: "lines in RFC 5424 have no structured data", names: ["log-format-sd"] },
  {
    why: "'option forwardfor' and 'http-request set-header' say it in fields of their own",
    names: ["option forwarded"],
  },
  { why: "it is Connection that counts", names: ["option http-use-proxy-header"] },
  {
    why: "a log line is written once, at its end or with 'option logasap'",
    names: ["log-steps"],
  },
  {
    why: "what two readers could take differently is never forwarded",
    names: [
      "option accept-invalid-http-request",
      "option accept-invalid-http-response",
      "option accept-unsafe-violations-in-http-request",
      "option accept-unsafe-violations-in-http-response",
    ],
  },
  { why: "there is no QUIC", names: ["quic-initial"] },
  { why: "there is no FastCGI", names: ["use-fcgi-app"] },
];
