import type { Context } from "../context.ts";
import { langScope } from "../scope.ts";
import { type Arg, type ConverterSpec, LangError, type Scope } from "../spec.ts";
import { pass } from "../ternary.ts";
import { invalidArguments, optionalText, text, textOf } from "./row.ts";

type Condition = (cx: Context) => boolean;

/** The first letter of the termination state says how the transaction ended, `-` means well. */
function endedInError(cx: Context): boolean {
  const cause = cx.log.terminationState[0];
  return cause !== "-" && cause !== "L" && cause !== undefined;
}

const conditions: Readonly<Record<string, Condition | undefined>> = {
  error: endedInError,
  normal: (cx) => !endedInError(cx),
  forwarded: (cx) => cx.server !== undefined,
  stopping: (cx) => cx.process.stopping,
};

/** `acl,NAME` or `acl,!NAME`. */
function aclCondition(args: readonly (Arg | undefined)[], scope: Scope): Condition {
  const word = textOf(args[1]);
  const name = word.replace(/^!+/, "");
  if (name === "") throw invalidArguments("when", "'acl' expects the name of an ACL");
  const { acls } = langScope(scope);
  const acl = acls.refer(name, langScope(scope));
  if (acl === undefined) {
    throw new LangError(`ACL '${name}' not found`, name, acls.suggestion(name));
  }
  const negated = (word.length - name.length) % 2 === 1;
  return (cx) => (acl.test(cx, undefined) === pass) !== negated;
}

function conditionOf(args: readonly (Arg | undefined)[], scope: Scope): Condition {
  const name = textOf(args[0]);
  if (name === "acl") return aclCondition(args, scope);
  const condition = conditions[name];
  if (condition !== undefined) return condition;
  throw invalidArguments(
    "when",
    `unsupported condition '${name}', expects ${Object.keys(conditions).join(", ")} or acl`,
    name,
  );
}

export const whenConverters = [
  {
    name: "when",
    args: [text("condition"), optionalText("acl"), optionalText("arg")],
    input: "any",
    output: "any",
    // The ACL may hold anything, and the state of a transaction changes.
    pure: false,
    doc: "passes the value on if a condition holds: error, normal, forwarded, stopping, acl,<name>",
    make: (args: readonly (Arg | undefined)[], scope: Scope) => {
      const holds = conditionOf(args, scope);
      return (value, cx) => holds(cx) ? value : undefined;
    },
  },
] satisfies ConverterSpec[];
