import type { LogFormat } from "../../lang/log_format.ts";
import type { PatternList } from "../../lang/pattern/list.ts";
import { LangError } from "../../lang/spec.ts";
import { compileFormat } from "../format.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";
import type { Outcome, Transaction } from "../transaction.ts";
import { headerRuleSets } from "./header.ts";

/** Changes a list; the texts are not empty. */
type Change = (list: PatternList, key: string, value: string) => void;

const addAcl: Change = (list, key) => {
  if (list.columns === 1 && list.get(key) === undefined) list.add(key);
};

const deleteEntry: Change = (list, key) => {
  list.delete(key);
};

const setMap: Change = (list, key, value) => {
  if (list.columns === 2 && !list.set(key, value)) list.add(key, value);
};

function parse(
  words: ActionWords,
  scope: RuleScope,
  action: string,
  count: 1 | 2,
  change: Change,
): Action {
  const name = words.parenthesised;
  if (name === undefined || name === "") {
    throw new LangError(`expects a file name in parentheses, as in '${action}(<file-name>)'`);
  }
  const formats: LogFormat[] = [];
  for (let i = 0; i < count; i++) {
    formats.push(compileFormat(words.take(`expects exactly ${count} arguments`), scope));
  }
  const [key, value] = formats;
  const { patterns } = scope;
  // The line that loads the list may come later: the list is looked up when it is needed.
  let list: PatternList | undefined;
  const run = (tx: Transaction): Outcome => {
    list ??= patterns.find(name);
    if (list === undefined) return "continue";
    const keyText = key!.constant ?? key!.render(tx);
    const valueText = value === undefined ? "" : value.constant ?? value.render(tx);
    if (keyText !== "") apply(change, list, keyText, valueText);
    return "continue";
  };
  return { final: false, text: `${action}(${name}) ${formats.map((f) => f.text).join(" ")}`, run };
}

/** A text that is no pattern of the list's kind changes nothing, as in HAProxy. */
function apply(change: Change, list: PatternList, key: string, value: string): void {
  try {
    change(list, key, value);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
  }
}

/** Actions on pattern lists and maps, for the whole process and until it ends. */
export const patternActions = [
  {
    name: "add-acl(",
    ruleSets: ["http-request", "http-response"],
    syntax: "add-acl(<file-name>) <key fmt>",
    doc: "Adds a pattern to a list, unless it is there",
    parse: (words, scope) => parse(words, scope, "add-acl", 1, addAcl),
  },
  {
    name: "del-acl(",
    ruleSets: ["http-request", "http-response"],
    syntax: "del-acl(<file-name>) <key fmt>",
    doc: "Removes a pattern from a list",
    parse: (words, scope) => parse(words, scope, "del-acl", 1, deleteEntry),
  },
  {
    name: "set-map(",
    ruleSets: headerRuleSets,
    syntax: "set-map(<map-name>) <key fmt> <value fmt>",
    doc: "Adds a key with its value to a map, or gives it another value",
    parse: (words, scope) => parse(words, scope, "set-map", 2, setMap),
  },
  {
    name: "del-map(",
    ruleSets: headerRuleSets,
    syntax: "del-map(<map-name>) <key fmt>",
    doc: "Removes a key from a map",
    parse: (words, scope) => parse(words, scope, "del-map", 1, deleteEntry),
  },
] satisfies ActionSpec[];
