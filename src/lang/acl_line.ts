import { type AclFlags, parseAclFlags } from "./acl_flags.ts";
import { AclTest } from "./acl_test.ts";
import { nameEnd } from "./ascii.ts";
import { castFor } from "./cast.ts";
import { aclDerivatives, fetches } from "./catalog.ts";
import type { CompiledExpression } from "./compiled_expression.ts";
import { parseConverters, parseExpression, parseFetch } from "./expression.ts";
import { parseShortAddress } from "./pattern/network.ts";
import type { PatternList, PatternView } from "./pattern/list.ts";
import { applyOperator, isOperator, type Operator } from "./pattern/operator.ts";
import { type MatchMethod, matchMethod, type MatchName } from "./pattern/match_method.ts";
import type { LangScope } from "./scope.ts";
import { LangError } from "./spec.ts";
import type { SampleType } from "./value.ts";
import { UnresolvedName } from "./argument_types.ts";

/** The expression at the start of an ACL line and the match it implies. */
interface Subject {
  readonly expression: CompiledExpression;
  readonly method: MatchMethod | undefined;
  /** The keyword implies the method by itself (`path_beg`). */
  readonly isDerivative: boolean;
}

/**
 * Compiles what follows the name on an `acl` line, or stands in braces (HAProxy's `parse_acl_expr`).
 * `name` is "" for an anonymous ACL. Throws LangError; warnings go to the scope.
 */
export function parseAclLine(words: readonly string[], name: string, scope: LangScope): AclTest {
  const subject = parseSubject(words, scope);
  const { expression } = subject;
  const flags = parseAclFlags(words, 1);
  const method = chooseMethod(subject, flags, scope);
  warnOfMissingPatterns(words, flags, method, expression, scope);
  warnOfParenthesis(words, name, subject, scope);
  const views = method.index === undefined
    ? []
    : compilePatterns(words, flags, method, name, scope);
  return new AclTest(words.join(" "), expression, method, views);
}

function parseSubject(words: readonly string[], scope: LangScope): Subject {
  const word = words[0] ?? "";
  const end = nameEnd(word);
  const keyword = aclDerivatives.get(word.substring(0, end));
  try {
    if (keyword === undefined) {
      const { expression } = parseExpression(words, 0, scope, "ACL keyword");
      return { expression, method: defaultMethod(expression.type), isDerivative: false };
    }
    const owner = { kind: "ACL keyword", name: keyword.name } as const;
    const fetch = fetches.get(keyword.fetch)!;
    const head = parseFetch(word, end, fetch, owner, "ACL keyword", scope);
    const { expression } = parseConverters(words, 0, head, scope, "this word alone");
    // A converter changes what is compared, so that the keyword's own method no longer counts.
    const method = head.end === word.length
      ? matchMethod(keyword.match)
      : defaultMethod(expression.type);
    return { expression, method, isDerivative: head.end === word.length };
  } catch (error) {
    if (!(error instanceof LangError) || error instanceof UnresolvedName) throw error;
    const text = `${error.message} in ACL expression '${word}'`;
    throw new LangError(text, error.word ?? word, error.suggestion);
  }
}

/** The match of a sample fetch without `-m`. */
const defaults: Partial<Record<SampleType, MatchName>> = {
  bool: "bool",
  sint: "int",
  addr: "ip",
  ipv4: "ip",
  ipv6: "ip",
  str: "str",
};

function defaultMethod(type: SampleType): MatchMethod | undefined {
  const name = defaults[type];
  return name && matchMethod(name);
}

function chooseMethod(subject: Subject, flags: AclFlags, scope: LangScope): MatchMethod {
  const { expression, isDerivative } = subject;
  const method = flags.method ?? subject.method;
  if (method === undefined) {
    throw new LangError(
      "matching method must be specified first (using '-m') when using a sample fetch " +
        `of this type ('${expression.keyword}')`,
      expression.keyword,
    );
  }
  if (flags.method === undefined) return method;
  if (method.name !== "found" && castFor(expression.type, method.takes) === undefined) {
    throw new LangError(
      `matching method '${method.name}' cannot be used with fetch keyword '${expression.keyword}'`,
      method.name,
    );
  }
  if (isDerivative && /_(beg|dir|dom|end|len|reg|sub)$/.test(expression.keyword)) {
    scope.warn(
      `original matching method '${expression.keyword}' was overwritten ` +
        "and will not be applied as expected.",
    );
  }
  return method;
}

function compilePatterns(
  words: readonly string[],
  flags: AclFlags,
  method: MatchMethod,
  name: string,
  scope: LangScope,
): PatternView[] {
  const resolve = flags.resolveNames ? resolver(scope) : undefined;
  const match = method.name as MatchName;
  const views = flags.files.map(({ path, columns, ignoreCase }) => {
    const list = scope.patterns.list(path, columns, (file) => scope.readFile(file));
    return scope.patterns.view(list, { match, ignoreCase, resolve });
  });
  const where = `acl '${name}' at ${scope.where}`;
  // Under a name it is the same list with other patterns, too.
  const telling = name === "" ? words : words.slice(0, flags.next);
  const use = `acl '${name}' of '${scope.proxyName}': ${telling.join(" ")}`;
  const inline = scope.patterns.inline(where, flags.id, use);
  const view = scope.patterns.view(inline, { match, ignoreCase: flags.ignoreCase, resolve });
  addPatterns(words, flags.next, method, inline, scope);
  // Without inline patterns the list is there all the same: a runtime command may fill it.
  return [...views, view];
}

function addPatterns(
  words: readonly string[],
  at: number,
  method: MatchMethod,
  list: PatternList,
  scope: LangScope,
): void {
  let operator: Operator | undefined;
  for (const word of words.slice(at)) {
    if (word === "") break;
    if (method.numbers !== undefined && isOperator(word)) {
      if (word === "ne") {
        const text = "operator 'ne' works as 'eq' does, as in HAProxy; negate the ACL instead";
        scope.warn(text, "operator-ne");
      }
      operator = word;
    } else if (method.numbers !== undefined && operator !== undefined) {
      list.load(applyOperator(operator, word, method.numbers));
    } else list.load(word);
  }
}

function resolver(scope: LangScope) {
  return (name: string) => parseShortAddress(name) ?? scope.resolveHost?.(name);
}

function warnOfMissingPatterns(
  words: readonly string[],
  flags: AclFlags,
  method: MatchMethod,
  expression: CompiledExpression,
  scope: LangScope,
): void {
  if (flags.ended || flags.files.length > 0 || flags.next < words.length) return;
  if (expression.type === "bool" || method.index === undefined) return;
  scope.warn(
    `parsing acl keyword '${words[0]}' :\n` +
      "  no pattern to match against were provided, so this ACL will never match.\n" +
      "  If this is what you intended, please add '--' to get rid of this warning.\n" +
      "  If you intended to match only for existence, please use '-m found'.\n" +
      "  If you wanted to force an int to match as a bool, please use '-m bool'.",
  );
}

/** `hdr_beg (host) www`: the blank makes a pattern of what was meant as an argument. */
function warnOfParenthesis(
  words: readonly string[],
  name: string,
  { expression }: Subject,
  scope: LangScope,
): void {
  const pattern = words[1];
  if (pattern === undefined || !pattern.startsWith("(")) return;
  scope.warn(
    `parsing acl '${name}' :\n` +
      `  matching '${expression.text}' for pattern '${pattern}' is likely a mistake and probably\n` +
      "  not what you want. Maybe you need to remove the extraneous space before '('.\n" +
      "  If you are really sure this is not an error, please insert '--' between the\n" +
      "  match and the pattern to make this warning message disappear.",
  );
}
