import type { BodyFacts, Context } from "../context.ts";
import type { FetchSpec } from "../spec.ts";
import { Bin, type Value } from "../value.ts";
import { requestOf, responseOf } from "./head_side.ts";
import { requestHead, responseHead } from "./phase_mask.ts";
import { noArgs, plain } from "./row.ts";

const noBody: BodyFacts = { text: "", size: 0, complete: true };

function ofRequest(read: (body: BodyFacts) => Value): FetchSpec["make"] {
  return plain((cx) => requestOf(cx) && read(held(cx, cx.requestBody)));
}

function ofResponse(read: (body: BodyFacts) => Value): FetchSpec["make"] {
  return plain((cx) => responseOf(cx) && read(held(cx, cx.responseBody)));
}

/** The body as far as it is here: a message without one has an empty one. */
function held(cx: Context, body: BodyFacts | undefined): BodyFacts {
  if (body === undefined) return noBody;
  if (!body.complete) cx.mayChange = true;
  return body;
}

const bytes = (body: BodyFacts) => new Bin(body.text);
const length = (body: BodyFacts) => body.text.length;
const size = (body: BodyFacts) => body.size;

const requestRow = { args: noArgs, phases: requestHead, pure: true } as const;
const responseRow = { args: noArgs, phases: responseHead, pure: true } as const;

export const bodyFetches = [
  {
    ...requestRow,
    name: "req.body",
    type: "bin",
    doc: "the request's body, as much of it as is here",
    make: ofRequest(bytes),
  },
  {
    ...requestRow,
    name: "req.body_len",
    type: "sint",
    doc: "bytes of the request's body that are here",
    make: ofRequest(length),
  },
  {
    ...requestRow,
    name: "req.body_size",
    type: "sint",
    doc: "announced bytes of the request's body, else those that are here",
    make: ofRequest(size),
  },
  {
    ...responseRow,
    name: "res.body",
    type: "bin",
    doc: "the response's body, as much of it as is here",
    make: ofResponse(bytes),
  },
  {
    ...responseRow,
    name: "res.body_len",
    type: "sint",
    doc: "bytes of the response's body that are here",
    make: ofResponse(length),
  },
  {
    ...responseRow,
    name: "res.body_size",
    type: "sint",
    doc: "announced bytes of the response's body, else those that are here",
    make: ofResponse(size),
  },
] satisfies FetchSpec[];
