import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chunkedBody } from "./chunked_body.ts";
import { messageMap, writeEncoded } from "../../src/lang/log_format_write.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { haproxyAvailable } from "../support/haproxy.ts";
import { type FetchCase, fetchCases } from "./fetch_cases.ts";
import { hexOf, shown, valueOf } from "./fetch_expression.ts";
import { type FetchOracle, startOracle } from "./fetch_haproxy.ts";

const haproxy = haproxyAvailable();
const plain = { quoted: false, hex: false, escaped: false, dashed: false };

function theirs({ fetch, hex }: FetchCase): string {
  return hex ? `${fetch},hex` : fetch;
}

function ours({ fetch, hex }: FetchCase, raw: string): string | undefined {
  const text = chunkedBody(raw);
  const cx = offlineContext({
    raw,
    src: undefined,
    dst: undefined,
    ...(text === undefined ? {} : { requestBody: { text } }),
  });
  const value = valueOf(fetch, cx);
  const seen = hex ? hexOf(value) : shown(value);
  return seen === undefined ? undefined : writeEncoded(seen, messageMap, "%", plain);
}

describe.skipIf(!haproxy.available)("fetches give what the real haproxy gives", () => {
  let oracle: FetchOracle;
  beforeAll(async () => {
    oracle = await startOracle([...new Set(fetchCases.map(theirs))]);
  });
  afterAll(() => oracle.stop());

  for (const fetchCase of fetchCases) {
    test(theirs(fetchCase), async () => {
      for (const raw of fetchCase.requests) {
        const expected = await oracle.ask(theirs(fetchCase), raw);
        expect({ raw, value: ours(fetchCase, raw) }).toEqual({ raw, value: expected });
      }
    });
  }
});
