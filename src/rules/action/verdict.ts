import { LangError } from "../../lang/spec.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";

type Flags = "PR" | "PH" | "PD";

/** Log flags: the proxy ended it, while it handled the request, the response's head, or data. */
function flagsFor(scope: RuleScope): Flags {
  switch (scope.ruleSet) {
    case "http-response":
      return "PH";
    case "tcp-response content":
      return "PD";
    default:
      return "PR";
  }
}

const accept: Action = { final: true, text: "accept", run: () => "accept" };
const allow: Action = { final: true, text: "allow", run: () => "accept" };

function ending(text: string, outcome: Outcome, flags: Flags): Action {
  const run = (tx: Transaction): Outcome => {
    tx.terminate(flags);
    return outcome;
  };
  return { final: true, text, run };
}

function parseSilentDrop(words: ActionWords): Action {
  // HAProxy's letters are those of the request, wherever the rule stands.
  const drop = ending("silent-drop", "drop", "PR");
  if (!words.skip("rst-ttl")) return drop;
  const word = words.take("missing rst-ttl value");
  const hops = /^[0-9]{1,3}$/.test(word) ? Number(word) : 0;
  if (hops < 1 || hops > 255) {
    throw new LangError(`'rst-ttl' expects an integer from 1 to 255 (got '${word}')`, word);
  }
  return {
    ...drop,
    text: `silent-drop rst-ttl ${hops}`,
    run(tx) {
      tx.resetHops = hops;
      return drop.run(tx);
    },
  };
}

/** Actions that end a rule set without an answer. */
export const verdictActions = [
  {
    name: "allow",
    ruleSets: ["http-request", "http-response", "http-after-response"],
    syntax: "allow",
    doc: "Stops the rule set and lets the message pass",
    parse: () => allow,
  },
  {
    name: "accept",
    ruleSets: [
      "tcp-request connection",
      "tcp-request session",
      "tcp-request content",
      "tcp-response content",
    ],
    syntax: "accept",
    doc: "Stops the rule set and lets the connection pass",
    parse: () => accept,
  },
  {
    name: "reject",
    ruleSets: [
      "tcp-request connection",
      "tcp-request session",
      "tcp-request content",
      "tcp-response content",
      "http-request",
    ],
    syntax: "reject",
    doc: "Closes the connection without an answer",
    parse: (_words, scope) => ending("reject", "abort", flagsFor(scope)),
  },
  {
    name: "silent-drop",
    ruleSets: [
      "tcp-request connection",
      "tcp-request session",
      "tcp-request content",
      "tcp-response content",
      "http-request",
      "http-response",
    ],
    syntax: "silent-drop [ rst-ttl <ttl> ]",
    doc: "Forgets the connection without a word to the client, or with a reset for so many routers",
    parse: parseSilentDrop,
  },
] satisfies ActionSpec[];
