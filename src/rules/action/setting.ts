import { LangError } from "../../lang/spec.ts";
import { reasonPhrase } from "../reason.ts";
import { isFieldValue } from "../rewrite.ts";
import type { Action, ActionSpec, ActionWords } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";
import { headerRuleSets } from "./header.ts";

/** What `set-log-level` takes: syslog's eight levels and "silent". */
export const logLevels = [
  "emerg",
  "alert",
  "crit",
  "err",
  "warning",
  "notice",
  "info",
  "debug",
  "silent",
] as const;

function parseLogLevel(words: ActionWords): Action {
  const what = "expects exactly 1 argument (log level name or 'silent')";
  const word = words.take(what);
  if (!logLevels.some((level) => level === word)) throw new LangError(what, word);
  const run = (tx: Transaction): Outcome => {
    tx.logLevel = word;
    return "continue";
  };
  return { final: false, text: `set-log-level ${word}`, run };
}

function parseStrictMode(words: ActionWords): Action {
  const word = words.take("expects exactly 1 arguments");
  if (word !== "on" && word !== "off") {
    throw new LangError(`Unexpected value '${word}'. Only 'on' and 'off' are supported`, word);
  }
  const strict = word === "on";
  const run = (tx: Transaction): Outcome => {
    tx.strict = strict;
    return "continue";
  };
  return { final: false, text: `strict-mode ${word}`, run };
}

function parseStatus(words: ActionWords): Action {
  const word = words.take("expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>");
  const status = /^[0-9]{1,3}$/.test(word) ? Number(word) : 0;
  if (status < 100) {
    throw new LangError("expects an integer status code between 100 and 999", word);
  }
  const given = words.skip("reason") ? words.take("missing argument for 'reason'") : undefined;
  if (given !== undefined && !isFieldValue(given)) {
    throw new LangError("a reason may not hold a line end or a NUL", given);
  }
  const reason = given ?? reasonPhrase(status);
  const run = (tx: Transaction): Outcome => {
    const { response } = tx;
    if (response !== undefined) {
      response.status = status;
      response.reason = reason;
    }
    return "continue";
  };
  return { final: false, text: `set-status ${status}`, run };
}

const disableL7Retry: Action = {
  final: false,
  text: "disable-l7-retry",
  run(tx) {
    tx.l7RetryDisabled = true;
    return "continue";
  },
};

/** Actions that set one property of the transaction or of the response. */
export const settingActions = [
  {
    name: "set-log-level",
    ruleSets: ["tcp-request content", "tcp-response content", ...headerRuleSets],
    syntax: "set-log-level <level>",
    doc: "Changes the level of the log line; 'silent' logs nothing",
    parse: parseLogLevel,
  },
  {
    name: "strict-mode",
    ruleSets: headerRuleSets,
    syntax: "strict-mode { on | off }",
    doc: "Says whether a rewrite that fails ends the transaction; on at the start of a rule set",
    parse: parseStrictMode,
  },
  {
    name: "set-status",
    ruleSets: ["http-response", "http-after-response"],
    syntax: "set-status <status> [ reason <str> ]",
    doc: "Changes the response's status and its reason phrase",
    parse: parseStatus,
  },
  {
    name: "disable-l7-retry",
    ruleSets: ["http-request"],
    syntax: "disable-l7-retry",
    doc: "The request is never sent again for another cause than a failed connection",
    parse: () => disableL7Retry,
  },
] satisfies ActionSpec[];
