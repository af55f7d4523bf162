import type { FetchSpec } from "../spec.ts";
import { settle } from "./buffer.ts";
import { requestHead } from "./phase_mask.ts";
import { readRdpCookie } from "./rdp_cookie_read.ts";
import { optionalText, textOf } from "./row.ts";

const value: FetchSpec["make"] = (args) => {
  const name = textOf(args[0]) ?? "";
  return {
    get(cx) {
      const buffer = cx.requestBuffer;
      return buffer && settle(cx, buffer, readRdpCookie(buffer.text, name));
    },
  };
};

/** Nothing while it may still come, then 0 or 1; an HTTP stream has none for certain. */
const count: FetchSpec["make"] = (args) => {
  const name = textOf(args[0]) ?? "";
  return {
    get(cx) {
      const buffer = cx.requestBuffer;
      if (buffer === undefined) return 0;
      const cookie = readRdpCookie(buffer.text, name);
      if (cookie === "absent") return 0;
      return settle(cx, buffer, cookie) === undefined ? undefined : 1;
    },
  };
};

const row = { args: [optionalText("name")], phases: requestHead, pure: true, raw: true } as const;

/** The cookie by which an RDP client finds back to its server. */
export const rdpCookieFetches = [
  {
    ...row,
    name: "req.rdp_cookie",
    type: "str",
    doc: "the RDP cookie of a name, or whatever its name is",
    make: value,
  },
  { ...row, name: "rdp_cookie", type: "str", doc: "old name of req.rdp_cookie", make: value },
  {
    ...row,
    name: "req.rdp_cookie_cnt",
    type: "sint",
    doc: "1 with an RDP cookie, else 0",
    make: count,
  },
  {
    ...row,
    name: "rdp_cookie_cnt",
    type: "sint",
    doc: "old name of req.rdp_cookie_cnt",
    make: count,
  },
] satisfies FetchSpec[];
