import type { FetchSpec } from "../spec.ts";
import { reads, requestBufferOf, responseBufferOf } from "./buffer.ts";
import { requestHead, responseHead, sessionBegun } from "./phase_mask.ts";
import { constant, noArgs } from "./row.ts";
import {
  readFirstProtocol,
  readHandshakeType,
  readHasCurves,
  readServerName,
  readSessionTicket,
  readVersion,
} from "./tls_hello.ts";

const row = { args: noArgs, phases: requestHead, pure: true, raw: true } as const;

const requestType = {
  ...row,
  type: "sint",
  make: reads(requestBufferOf, readHandshakeType),
} as const;
const responseType = {
  ...row,
  type: "sint",
  phases: responseHead,
  make: reads(responseBufferOf, readHandshakeType),
} as const;
const version = { ...row, type: "sint", make: reads(requestBufferOf, readVersion) } as const;
const serverName = { ...row, type: "str", make: reads(requestBufferOf, readServerName) } as const;

/** What a TLS handshake that passes through says in the clear, and that none ends here. */
export const tlsFetches = [
  {
    name: "ssl_fc",
    args: noArgs,
    phases: sessionBegun,
    pure: true,
    type: "bool",
    doc: "whether the client's connection came over TLS: never, as TLS is not ended here",
    make: constant(false),
  },
  { ...version, name: "req.ssl_ver", doc: "the TLS version that the client's hello asks for" },
  { ...version, name: "req_ssl_ver", doc: "old name of req.ssl_ver" },
  { ...serverName, name: "req.ssl_sni", doc: "the server name in the client's TLS hello" },
  { ...serverName, name: "req_ssl_sni", doc: "old name of req.ssl_sni" },
  {
    ...row,
    name: "req.ssl_alpn",
    type: "str",
    doc: "the first protocol that the client's TLS hello offers",
    make: reads(requestBufferOf, readFirstProtocol),
  },
  {
    ...row,
    name: "req.ssl_ec_ext",
    type: "bool",
    doc: "whether the client's TLS hello names elliptic curves",
    make: reads(requestBufferOf, readHasCurves),
  },
  {
    ...row,
    name: "req.ssl_st_ext",
    type: "sint",
    doc: "1 when the client's TLS hello takes session tickets, 2 when it has one, else 0",
    make: reads(requestBufferOf, readSessionTicket),
  },
  {
    ...requestType,
    name: "req.ssl_hello_type",
    doc: "type of the client's first TLS handshake message, 1 for a hello",
  },
  { ...requestType, name: "req_ssl_hello_type", doc: "old name of req.ssl_hello_type" },
  {
    ...responseType,
    name: "res.ssl_hello_type",
    doc: "type of the server's first TLS handshake message, 2 for a hello",
  },
  { ...responseType, name: "rep_ssl_hello_type", doc: "old name of res.ssl_hello_type" },
] satisfies FetchSpec[];
