import { expect, test } from "bun:test";
import { haproxyAvailable } from "../support/haproxy.ts";
import { observeHaproxy } from "./haproxy_side.ts";
import { observeOurs } from "./our_side.ts";
import { ruleCases } from "./rule_case.ts";

const haproxy = haproxyAvailable();
const name = "the same rules give the same message as in haproxy" +
  (haproxy.available ? "" : ` (skipped: ${haproxy.reason})`);

test.skipIf(!haproxy.available)(name, async () => {
  const theirs = await observeHaproxy(ruleCases);
  const differing = ruleCases.flatMap((one, i) => {
    const ours = observeOurs(one, i);
    return ours === theirs[i]
      ? []
      : [{ rules: one.rules, request: one.request, ours, theirs: theirs[i] }];
  });
  expect(differing).toEqual([]);
}, 60_000);
