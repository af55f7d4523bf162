import type { FetchSpec } from "../spec.ts";
import { exchangeUnderWay, requestRemembered, running, serverConnection } from "./phase_mask.ts";
import { noArgs, plain } from "./row.ts";

const serverRow = { args: noArgs, phases: serverConnection, pure: true } as const;
const receivedRow = { args: noArgs, type: "sint", phases: requestRemembered, pure: true } as const;
const sentRow = { args: noArgs, type: "sint", phases: exchangeUnderWay, pure: true } as const;

const received = plain((cx) => cx.log.bytesFromClient);
const sent = plain((cx) => cx.log.bytesToClient);

/** What became of the transaction: the connection to the server, counters, how it ended. */
export const exchangeFetches = [
  {
    ...serverRow,
    name: "bc_src",
    type: "addr",
    doc: "our address on the server's connection",
    make: plain((cx) => cx.log.sourceAddress),
  },
  {
    ...serverRow,
    name: "bc_src_port",
    type: "sint",
    doc: "our port on the server's connection",
    make: plain((cx) => cx.log.sourceAddress && cx.log.sourcePort),
  },
  {
    ...serverRow,
    name: "bc_dst",
    type: "addr",
    doc: "the server's address",
    make: plain((cx) => cx.server?.address),
  },
  {
    ...serverRow,
    name: "bc_dst_port",
    type: "sint",
    doc: "the server's port",
    make: plain((cx) => cx.server?.address && cx.server.port),
  },
  {
    ...serverRow,
    name: "bc_be_queue",
    type: "sint",
    doc: "requests that were before this one in the backend's queue",
    make: plain((cx) => cx.log.backendQueue),
  },
  {
    ...serverRow,
    name: "bc_srv_queue",
    type: "sint",
    doc: "requests that were before this one in the server's queue",
    make: plain((cx) => cx.log.serverQueue),
  },
  {
    ...serverRow,
    name: "txn.conn_retries",
    type: "sint",
    doc: "times that connecting was tried again",
    make: plain((cx) => cx.log.retries),
  },
  {
    ...serverRow,
    name: "txn.redispatched",
    type: "bool",
    doc: "whether another server was taken after a failure",
    make: plain((cx) => cx.log.redispatched),
  },
  {
    name: "txn.id32",
    args: noArgs,
    type: "sint",
    phases: running,
    pure: true,
    doc: "number of the transaction in this process, 32 bits",
    make: plain((cx) => cx.log.requestCounter >>> 0),
  },
  {
    name: "txn.sess_term_state",
    args: noArgs,
    type: "str",
    phases: running,
    pure: true,
    doc: "how the transaction ended, in the two letters of the log",
    make: plain((cx) => cx.log.terminationState),
  },
  { ...receivedRow, name: "req.bytes_in", doc: "bytes received from the client", make: received },
  { ...receivedRow, name: "bytes_in", doc: "short name of req.bytes_in", make: received },
  { ...sentRow, name: "res.bytes_in", doc: "bytes of the response, its head included", make: sent },
  { ...sentRow, name: "res.bytes_out", doc: "bytes sent to the client", make: sent },
  { ...sentRow, name: "bytes_out", doc: "short name of res.bytes_out", make: sent },
] satisfies FetchSpec[];
