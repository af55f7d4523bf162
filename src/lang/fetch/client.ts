import type { FetchSpec } from "../spec.ts";
import type { Address } from "../address.ts";
import { isLocalAddress } from "./local_address.ts";
import { clientSession, connection } from "./phase_mask.ts";
import { noArgs, plain } from "./row.ts";
import type { Context } from "../context.ts";

/** A port has no meaning without an address, as on a unix socket, and 0 is none. */
function port(address: Address | undefined, number: number): number | undefined {
  return address === undefined || number === 0 ? undefined : number;
}

/** Whether an address of the connection is one of this host's own. */
function isLocal(read: (cx: Context) => Address | undefined): FetchSpec["make"] {
  return plain((cx) => {
    const address = read(cx);
    return address && isLocalAddress(address, cx.now);
  });
}

const row = { args: noArgs, phases: connection, pure: true } as const;

export const clientFetches = [
  {
    ...row,
    name: "src",
    type: "addr",
    doc: "the client's address",
    make: plain((cx) => cx.client.src),
  },
  {
    ...row,
    name: "src_port",
    type: "sint",
    doc: "the client's port",
    make: plain((cx) => port(cx.client.src, cx.client.srcPort)),
  },
  {
    ...row,
    name: "dst",
    type: "addr",
    doc: "the address that the client connected to",
    make: plain((cx) => cx.client.dst),
  },
  {
    ...row,
    name: "dst_port",
    type: "sint",
    doc: "the port that the client connected to",
    make: plain((cx) => port(cx.client.dst, cx.client.dstPort)),
  },
  {
    ...row,
    name: "fc_src",
    type: "addr",
    doc: "the client's address on the connection, whatever rules made of src",
    make: plain((cx) => cx.client.peer),
  },
  {
    ...row,
    name: "fc_src_port",
    type: "sint",
    doc: "the client's port on the connection, whatever rules made of src_port",
    make: plain((cx) => port(cx.client.peer, cx.client.peerPort)),
  },
  {
    ...row,
    name: "fc_dst",
    type: "addr",
    doc: "our address on the client's connection, whatever rules made of dst",
    make: plain((cx) => cx.client.local),
  },
  {
    ...row,
    name: "fc_dst_port",
    type: "sint",
    doc: "our port on the client's connection, whatever rules made of dst_port",
    make: plain((cx) => port(cx.client.local, cx.client.localPort)),
  },
  {
    ...row,
    name: "src_is_local",
    type: "bool",
    doc: "whether the client's address is one of this host's",
    make: isLocal((cx) => cx.client.src),
  },
  {
    ...row,
    name: "dst_is_local",
    type: "bool",
    doc: "whether the address that the client connected to is one of this host's",
    make: isLocal((cx) => cx.client.dst),
  },
  {
    ...row,
    name: "fc_src_is_local",
    type: "bool",
    doc: "whether the client's address on the connection is one of this host's",
    make: isLocal((cx) => cx.client.peer),
  },
  {
    ...row,
    name: "fc_dst_is_local",
    type: "bool",
    doc: "whether our address on the client's connection is one of this host's",
    make: isLocal((cx) => cx.client.local),
  },
  {
    ...row,
    name: "fc_http_major",
    type: "sint",
    doc: "major HTTP version of the client's connection",
    make: plain((cx) => cx.client.httpMajor),
  },
  {
    ...row,
    name: "dst_conn",
    type: "sint",
    phases: clientSession,
    doc: "connections open on the listening socket",
    make: plain((cx) => cx.client.listenerConnections()),
  },
  {
    ...row,
    name: "so_id",
    type: "sint",
    phases: clientSession,
    doc: "numeric id of the listening socket",
    make: plain((cx) => cx.client.listenerId),
  },
  {
    ...row,
    name: "so_name",
    type: "str",
    phases: clientSession,
    doc: "name of the listening socket, if it has one",
    make: plain((cx) => cx.client.listenerName || undefined),
  },
] satisfies FetchSpec[];
