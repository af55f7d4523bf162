import type { FetchSpec } from "../spec.ts";
import { responseOf } from "./head_side.ts";
import { responseRemembered } from "./phase_mask.ts";
import { noArgs, plain } from "./row.ts";

const row = { args: noArgs, phases: responseRemembered, pure: true } as const;

export const responseFetches = [
  {
    ...row,
    name: "status",
    type: "sint",
    doc: "the response's status",
    make: plain((cx) => responseOf(cx)?.status),
  },
  {
    ...row,
    name: "txn.status",
    type: "sint",
    doc: "the status sent to the client, -1 before there is one",
    make: plain((cx) => cx.response?.status ?? -1),
  },
  {
    ...row,
    name: "server_status",
    type: "sint",
    doc: "the status that the server answered, before any rewriting",
    make: plain((cx) => cx.serverStatus > 0 ? cx.serverStatus : undefined),
  },
  {
    ...row,
    name: "res.ver",
    type: "str",
    doc: "the response's HTTP version, like 1.1",
    make: plain((cx) => responseOf(cx)?.version),
  },
  {
    ...row,
    name: "resp_ver",
    type: "str",
    doc: "old name of res.ver",
    make: plain((cx) => responseOf(cx)?.version),
  },
] satisfies FetchSpec[];
