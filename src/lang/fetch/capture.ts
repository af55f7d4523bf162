import type { ArgSpec, FetchSpec } from "../spec.ts";
import { requestRemembered, responseRemembered } from "./phase_mask.ts";
import { integerOf, noArgs, plain } from "./row.ts";

const slotArgs: readonly ArgSpec[] = [{ name: "idx", type: "integer" }];

function slot(direction: "requestCaptures" | "responseCaptures"): FetchSpec["make"] {
  return (args) => {
    const index = Number(integerOf(args[0]) ?? 0);
    return { get: (cx) => cx[direction][index] };
  };
}

/** Path and query of a request target; undefined where it has none (`*`, authority form). */
function pathOfTarget(target: string): string | undefined {
  if (target.startsWith("/")) return target;
  const scheme = target.indexOf("://");
  const at = scheme < 0 ? -1 : target.indexOf("/", scheme + 3);
  return at < 0 ? undefined : target.substring(at);
}

const requestRow = { args: noArgs, type: "str", phases: requestRemembered, pure: true } as const;

export const captureFetches = [
  {
    ...requestRow,
    name: "capture.req.hdr",
    args: slotArgs,
    // The capture-req converter may fill the slot while a condition is evaluated.
    pure: false,
    doc: "what request capture slot <idx> holds",
    make: slot("requestCaptures"),
  },
  {
    name: "capture.res.hdr",
    args: slotArgs,
    type: "str",
    phases: responseRemembered,
    pure: false,
    doc: "what response capture slot <idx> holds",
    make: slot("responseCaptures"),
  },
  {
    ...requestRow,
    name: "capture.req.method",
    doc: "the method as received",
    make: plain((cx) => cx.received?.method),
  },
  {
    ...requestRow,
    name: "capture.req.uri",
    doc: "path and query of the target as received",
    make: plain((cx) => cx.received && pathOfTarget(cx.received.target)),
  },
  {
    ...requestRow,
    name: "capture.req.ver",
    doc: "HTTP/1.0 or HTTP/1.1, as the request was received",
    make: plain((cx) => cx.received && "HTTP/" + cx.received.version),
  },
  {
    ...requestRow,
    name: "capture.res.ver",
    doc: "HTTP/1.0 or HTTP/1.1, as the response was received",
    make: plain((cx) => cx.response && "HTTP/" + cx.response.version),
  },
] satisfies FetchSpec[];
