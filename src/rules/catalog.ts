import { addressActions } from "./action/address.ts";
import { bandwidthActions } from "./action/bandwidth.ts";
import { captureActions } from "./action/capture.ts";
import { connectionActions } from "./action/connection.ts";
import { headerActions } from "./action/header.ts";
import { logActions } from "./action/log.ts";
import { nameActions } from "./action/name.ts";
import { normalizeUriActions } from "./action/normalize_uri.ts";
import { patternActions } from "./action/pattern.ts";
import { redirectActions } from "./action/redirect.ts";
import { replaceActions } from "./action/replace.ts";
import { replyActions } from "./action/reply.ts";
import { requestLineActions } from "./action/request_line.ts";
import { settingActions } from "./action/setting.ts";
import { timeoutActions } from "./action/timeout.ts";
import { variableActions } from "./action/variable.ts";
import { verdictActions } from "./action/verdict.ts";
import { waitActions } from "./action/wait.ts";
import type { ActionSpec, RuleSetName } from "./spec.ts";
import { knownUnsupportedActions, type UnsupportedAction } from "./unsupported.ts";

export { knownUnsupportedActions } from "./unsupported.ts";

/** Every action there is. */
export const actionSpecs: readonly ActionSpec[] = [
  ...addressActions,
  ...bandwidthActions,
  ...captureActions,
  ...connectionActions,
  ...headerActions,
  ...logActions,
  ...nameActions,
  ...normalizeUriActions,
  ...patternActions,
  ...redirectActions,
  ...replaceActions,
  ...replyActions,
  ...requestLineActions,
  ...settingActions,
  ...timeoutActions,
  ...variableActions,
  ...verdictActions,
  ...waitActions,
];

/** By the name as written before any parenthesis. */
const byName: ReadonlyMap<string, ActionSpec> = indexByName();

function indexByName(): Map<string, ActionSpec> {
  const index = new Map<string, ActionSpec>();
  for (const spec of actionSpecs) {
    const name = plainName(spec.name);
    if (index.has(name)) throw new Error(`action '${name}' is in two tables`);
    index.set(name, spec);
  }
  for (const { name } of knownUnsupportedActions) {
    if (index.has(name)) throw new Error(`action '${name}' is both supported and refused`);
  }
  return index;
}

function plainName(name: string): string {
  const open = name.indexOf("(");
  return open < 0 ? name : name.substring(0, open);
}

/** An action as written in a rule: its row, and what stood in parentheses. */
export interface FoundAction {
  readonly spec: ActionSpec;
  readonly parenthesised: string | undefined;
}

/** Looks up `deny` or `set-var(txn.x)`; undefined when this rule set has no such action. */
export function findAction(ruleSet: RuleSetName, word: string): FoundAction | undefined {
  const spec = byName.get(plainName(word));
  if (spec === undefined || !spec.ruleSets.includes(ruleSet)) return undefined;
  const open = word.indexOf("(");
  const takesParentheses = spec.name.endsWith("(");
  if (open >= 0 && !takesParentheses) return undefined;
  if (open < 0) return { spec, parenthesised: undefined };
  const closed = word.endsWith(")");
  return { spec, parenthesised: closed ? word.substring(open + 1, word.length - 1) : undefined };
}

/** Names of a rule set's actions as HAProxy lists them, `set-var(*)` for those with parentheses. */
export function actionNames(ruleSet: RuleSetName): string[] {
  return actionSpecs
    .filter((spec) => spec.ruleSets.includes(ruleSet))
    .map((spec) => spec.name.endsWith("(") ? `${spec.name}*)` : spec.name)
    .sort();
}

/** The refused action that a word names. */
export function findUnsupported(word: string): UnsupportedAction | undefined {
  const name = plainName(word);
  return knownUnsupportedActions.find((action) => action.name === name);
}
