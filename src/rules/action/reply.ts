import { parseReplyArguments, type ReplyDefaults } from "../reply_arguments.ts";
import { renderReply, type ReplyTemplate } from "../reply_template.ts";
import { isFieldValue, rewriteFailed } from "../rewrite.ts";
import { LangError } from "../../lang/spec.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, Reply, Transaction } from "../transaction.ts";

const replySyntax = "[ content-type <type> ] [ { default-errorfiles | errorfile <file> | " +
  "errorfiles <name> | file <file> | lf-file <file> | string <str> | lf-string <fmt> } ] " +
  "[ hdr <name> <fmt> ]*";

function replyFor(template: ReplyTemplate, tx: Transaction): Reply | undefined {
  switch (template.kind) {
    case "page":
      return tx.errorPage(template.status);
    case "fixed":
      return template.reply;
    case "made":
      return renderReply(template, tx);
    default:
      return template satisfies never;
  }
}

/** An action that answers with a template. `party` is the first letter of the log's flags. */
function replyAction(
  text: string,
  words: ActionWords,
  scope: RuleScope,
  defaults: ReplyDefaults,
  party: "P" | "L",
): Action {
  const template = parseReplyArguments(words, scope, defaults);
  const flags = party + (scope.ruleSet === "http-response" ? "H" : "R");
  const response = scope.ruleSet === "http-response";
  const run = (tx: Transaction): Outcome => {
    const reply = replyFor(template, tx);
    if (reply === undefined) return unfit(tx, response);
    tx.reply = reply;
    tx.terminate(flags);
    return "reply";
  };
  return { final: true, text, run };
}

/** An answer that cannot be made is an internal error whatever the strict mode. */
function unfit(tx: Transaction, response: boolean): Outcome {
  tx.strict = true;
  return rewriteFailed(tx, response);
}

function parseTarpit(words: ActionWords, scope: RuleScope): Action {
  const template = parseReplyArguments(words, scope, {
    status: 500,
    payload: "page",
    denyStatus: true,
  });
  const run = (tx: Transaction): Outcome => {
    if (tx.wait?.kind === "tarpit") {
      tx.reply = tx.wait.reply;
      tx.wait = undefined;
      return "reply";
    }
    const reply = replyFor(template, tx);
    if (reply === undefined) return unfit(tx, false);
    tx.wait = { kind: "tarpit", reply };
    tx.terminate("PT");
    return "wait";
  };
  return { final: true, text: "tarpit", run };
}

function parseAuth(words: ActionWords, scope: RuleScope): Action {
  const realm = words.skip("realm") ? words.take("missing realm value") : scope.proxyName;
  if (!isFieldValue(realm)) {
    throw new LangError("a realm may not hold a line end or a NUL", realm);
  }
  const challenge = `Basic realm="${realm}"`;
  const run = (tx: Transaction): Outcome => {
    const page = tx.errorPage(401);
    const headers = page.headers.filter(([name]) => name.toLowerCase() !== "www-authenticate");
    headers.push(["WWW-Authenticate", challenge]);
    tx.reply = { ...page, headers };
    tx.terminate("LR");
    return "reply";
  };
  return { final: true, text: `auth realm ${realm}`, run };
}

/** Actions that answer themselves. */
export const replyActions = [
  {
    name: "deny",
    ruleSets: ["http-request", "http-response"],
    syntax: `deny [ { status | deny_status } <code> ] ${replySyntax}`,
    doc: "Rejects the message; 403 for requests and 502 for responses unless said otherwise",
    parse(words, scope) {
      const status = scope.ruleSet === "http-response" ? 502 : 403;
      return replyAction("deny", words, scope, { status, payload: "page", denyStatus: true }, "P");
    },
  },
  {
    name: "tarpit",
    ruleSets: ["http-request"],
    syntax: `tarpit [ { status | deny_status } <code> ] ${replySyntax}`,
    doc: "Keeps the request waiting for 'timeout tarpit', then rejects it, with 500 by default",
    parse: parseTarpit,
  },
  {
    name: "return",
    ruleSets: ["http-request", "http-response"],
    syntax: `return [ status <code> ] ${replySyntax}`,
    doc: "Answers at once, with 200 by default",
    parse: (words, scope) =>
      replyAction(
        "return",
        words,
        scope,
        { status: 200, payload: "empty", denyStatus: false },
        "L",
      ),
  },
  {
    name: "auth",
    ruleSets: ["http-request"],
    syntax: "auth [ realm <realm> ]",
    doc: "Answers 401 and asks for a name and a password; the realm is the proxy's name by default",
    parse: parseAuth,
  },
] satisfies ActionSpec[];
