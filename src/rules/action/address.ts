import { Address } from "../../lang/address.ts";
import type { Phase } from "../../lang/spec.ts";
import { castExpression } from "../cast_expression.ts";
import type { Action, ActionSpec, ActionWords, RuleScope, RuleSetName } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

const addressRuleSets: readonly RuleSetName[] = [
  "tcp-request connection",
  "tcp-request session",
  "tcp-request content",
  "http-request",
];

type Side = "src" | "dst";

/** HAProxy asks only whether an HTTP request would tell, whatever the rule set. */
function requestPhaseOf({ phase, proxyKind }: RuleScope): Phase {
  const inBackend = proxyKind === undefined
    ? phase.startsWith("be_")
    : proxyKind === "backend" || proxyKind === "listen";
  return inBackend ? "be_http_req_hdr" : "fe_http_req_hdr";
}

function parseAddress(words: ActionWords, scope: RuleScope, side: Side): Action {
  const expression = words.usableExpression(scope, requestPhaseOf(scope));
  const value = castExpression(expression, "addr");
  const run = (tx: Transaction): Outcome => {
    const address = value(tx);
    if (address instanceof Address) tx.client[side] = address;
    return "continue";
  };
  return { final: false, text: `set-${side} ${expression.text}`, run };
}

const anyV4 = Address.v4(0);

function parsePort(words: ActionWords, scope: RuleScope, side: Side): Action {
  const expression = words.usableExpression(scope, requestPhaseOf(scope));
  const value = castExpression(expression, "sint");
  const run = (tx: Transaction): Outcome => {
    const port = value(tx);
    if (typeof port !== "number" && typeof port !== "bigint") return "continue";
    // A unix socket has no address to keep: a port needs one.
    tx.client[side] ??= anyV4;
    tx.client[`${side}Port`] = Number(BigInt.asUintN(16, BigInt(port)));
    return "continue";
  };
  return { final: false, text: `set-${side}-port ${expression.text}`, run };
}

/** Actions on the addresses that the connection is said to have. */
export const addressActions = [
  {
    name: "set-src",
    ruleSets: addressRuleSets,
    syntax: "set-src <expr>",
    doc: "Changes the source address; its port stays",
    parse: (words, scope) => parseAddress(words, scope, "src"),
  },
  {
    name: "set-src-port",
    ruleSets: addressRuleSets,
    syntax: "set-src-port <expr>",
    doc: "Changes the source port; its address stays",
    parse: (words, scope) => parsePort(words, scope, "src"),
  },
  {
    name: "set-dst",
    ruleSets: addressRuleSets,
    syntax: "set-dst <expr>",
    doc: "Changes the destination address; its port stays",
    parse: (words, scope) => parseAddress(words, scope, "dst"),
  },
  {
    name: "set-dst-port",
    ruleSets: addressRuleSets,
    syntax: "set-dst-port <expr>",
    doc: "Changes the destination port; its address stays",
    parse: (words, scope) => parsePort(words, scope, "dst"),
  },
] satisfies ActionSpec[];
