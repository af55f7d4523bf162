import type { Context } from "../../src/lang/context.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { defaultHeadLimits, HeadProgress, readResponseHead } from "../../src/http/head_reader.ts";
import { ResponseHead } from "../../src/http/response_head.ts";
import { reasonPhrase } from "../../src/rules/reason.ts";
import { parseRule, type Rule, RuleSet } from "../../src/rules/rule_set.ts";
import type { RuleScope } from "../../src/rules/spec.ts";
import type { Reply, Transaction } from "../../src/rules/transaction.ts";
import { type Observed, observedForward, observedReply, requestText } from "./haproxy_side.ts";
import { recordedTransaction } from "./recorded_transaction.ts";
import { type RuleCase, type RuleLineSet, splitRule } from "./rule_case.ts";
import { splitWords, testScope } from "./test_scope.ts";

/** Runs a case's rules here, without sockets, and tells what would have gone out. */
export function observeOurs(one: RuleCase, index: number): Observed {
  const raw = requestText(one, []);
  const tx = recordedTransaction(offlineContext({ raw }) as Context);
  const rules = compile(one, `c${index}`);
  if (run(rules.get("http-request")!, tx) === "reply") return replied(tx, tx.reply!);
  if (one.response === undefined) return forwarded(tx);
  tx.response = readResponse(one.response);
  if (run(rules.get("http-response")!, tx) === "reply") return replied(tx, tx.reply!);
  run(rules.get("http-after-response")!, tx);
  const head = tx.response;
  return observedReply(`HTTP/1.1 ${head.status} ${head.reason}`, lines(head.render()), "");
}

function compile(one: RuleCase, proxyName: string): Map<RuleLineSet, RuleSet> {
  const rules: Record<RuleLineSet, Rule[]> = {
    "http-request": [],
    "http-response": [],
    "http-after-response": [],
  };
  for (const line of one.rules) {
    const { ruleSet, words } = splitRule(line);
    const scope: RuleScope = testScope({ ruleSet, proxyName });
    rules[ruleSet].push(parseRule(ruleSet, splitWords(words), scope));
  }
  return new Map(
    Object.entries(rules).map(([name, list]) => [name as RuleLineSet, new RuleSet(list)]),
  );
}

/** Runs a set to its end; what it waits for is over at once. */
function run(rules: RuleSet, tx: Transaction) {
  const cursor = { next: 0, resuming: false };
  let outcome = rules.run(tx, cursor);
  while (outcome === "wait") outcome = rules.run(tx, cursor);
  return outcome;
}

function forwarded(tx: Transaction): Observed {
  const { method, target } = tx.request!;
  return observedForward(`${method} ${target} HTTP/1.1`, lines(tx.request!.render()));
}

function replied(_tx: Transaction, reply: Reply): Observed {
  const fields = reply.headers.map(([name, value]) => `${name}: ${value}`);
  const reason = reply.reason || reasonPhrase(reply.status);
  return observedReply(`HTTP/1.1 ${reply.status} ${reason}`, fields, reply.body);
}

function lines(rendered: string): string[] {
  return rendered.split("\r\n").slice(0, -1);
}

function readResponse(text: string): ResponseHead {
  const head = new ResponseHead();
  const raw = text.replaceAll("\n", "\r\n") + "\r\n\r\n";
  readResponseHead(raw, head, new HeadProgress(), defaultHeadLimits);
  return head;
}
