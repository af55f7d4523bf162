import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import { type Action, type ActionSpec, type ActionWords, everyRuleSet } from "../spec.ts";

const doLog: Action = {
  final: false,
  text: "do-log",
  run(tx) {
    tx.logNow();
    return "continue";
  },
};

function parseDoLog(words: ActionWords): Action {
  if (words.skip("profile")) {
    throw new LangError(unsupported("'do-log profile'", "a log line has one format"), "profile");
  }
  return doLog;
}

/** `do-log`. */
export const logActions = [
  {
    name: "do-log",
    ruleSets: everyRuleSet,
    syntax: "do-log",
    doc: "Logs a line now, in the frontend's log-format, beside the one at the end",
    parse: parseDoLog,
  },
] satisfies ActionSpec[];
