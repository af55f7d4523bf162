import type { KeywordGroup } from "./spec.ts";

/** Keywords of `global` that HAProxy has and Sluice does not, and why. */
export const refusedGlobals: readonly KeywordGroup[] = [
  {
    why: "unix sockets get their mode and owner on the bind line",
    names: [
      "unix-bind",
    ],
  },
  {
    why: "ports below 1024 are not refused as sources",
    names: [
      "harden.reject-privileged-ports.quic",
      "harden.reject-privileged-ports.tcp",
    ],
  },
  {
    why: "counters are not written to a file",
    names: [
      "stats-file",
    ],
  },
  {
    why: "servers' states are kept over a reload, and not written to a file",
    names: [
      "server-state-base",
      "server-state-file",
    ],
  },
  {
    why: "there are no peers",
    names: [
      "cluster-secret",
      "localpeer",
    ],
  },
  {
    why: "device detection is not there",
    names: [
      "51degrees-allow-unmatched",
      "51degrees-cache-size",
      "51degrees-data-file",
      "51degrees-difference",
      "51degrees-drift",
      "51degrees-property-name-list",
      "51degrees-property-separator",
      "51degrees-use-performance-graph",
      "51degrees-use-predictive-graph",
      "deviceatlas-json-file",
      "deviceatlas-log-level",
      "deviceatlas-properties-cookie",
      "deviceatlas-separator",
      "wurfl-cache-size",
      "wurfl-data-file",
      "wurfl-information-list",
      "wurfl-information-list-separator",
    ],
  },
  {
    why: "it runs no other programs",
    names: [
      "external-check",
      "insecure-fork-wanted",
    ],
  },
  {
    why: "there is no HTTP client",
    names: [
      "httpclient.resolvers.disabled",
      "httpclient.resolvers.id",
      "httpclient.resolvers.prefer",
      "httpclient.retries",
      "httpclient.ssl.ca-file",
      "httpclient.ssl.verify",
      "httpclient.timeout.connect",
    ],
  },
  {
    why: "there is no Lua; a module is written in TypeScript",
    names: [
      "lua-load",
      "lua-load-per-thread",
      "lua-prepend-path",
    ],
  },
  {
    why: "header names are sent as they came",
    names: [
      "h1-case-adjust",
      "h1-case-adjust-file",
    ],
  },
  {
    why: "HTTP/1 is read strictly",
    names: [
      "h1-accept-payload-with-any-method",
      "h1-do-not-close-on-insecure-transfer-encoding",
    ],
  },
  {
    why: "there is no HTTP/2",
    names: [
      "h2-workaround-bogus-websocket-clients",
    ],
  },
  {
    why: "encrypted tokens are not read",
    names: [
      "jwt.decrypt_alg_list",
      "jwt.decrypt_enc_list",
    ],
  },
  {
    why: "variables of the process begin unset",
    names: [
      "set-var",
      "set-var-fmt",
    ],
  },
];
