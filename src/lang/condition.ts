import type { Acl } from "./acl.ts";
import {
  type ConditionTrace,
  type SuiteTrace,
  type TermTrace,
  TestRecorder,
} from "./condition_trace.ts";
import type { Context } from "./context.ts";
import { warnOfPhase } from "./phase_check.ts";
import type { LangScope } from "./scope.ts";
import { LangError } from "./spec.ts";
import { fail, negate as not, pass, type Ternary, verdict } from "./ternary.ts";

export type { ConditionTrace } from "./condition_trace.ts";

/** An ACL of a suite, possibly negated. */
export interface Term {
  readonly acl: Acl;
  readonly negated: boolean;
  /** As written. */
  readonly text: string;
}

/** Terms that must all pass, from left to right. */
export type Suite = readonly Term[];

/** What stands behind `if`: suites of which one has to pass. Without any it never holds. */
export interface Condition {
  /** As written, the words joined by a blank. */
  readonly text: string;
  /** No side effect: it may be skipped or asked early. Later `acl` lines count too. */
  readonly pure: boolean;
  /** The final, two-valued answer. */
  holds(cx: Context): boolean;
  /** FAIL, MISS or PASS, as content inspection needs it; MISS only while `cx.final` is false. */
  test(cx: Context): Ternary;
  /** The same evaluation as `test`, with all that it saw. */
  explain(cx: Context): ConditionTrace;
  /** The suites, for who evaluates many conditions at once; absent when they don't say it all. */
  readonly suites?: readonly Suite[];
}

/** Parses what follows `if` or `unless` (HAProxy's `parse_acl_cond`). Throws LangError. */
export function parseCondition(words: readonly string[], scope: LangScope): Condition {
  const suites = parseSuites(words, scope);
  warnOfPhase(suites, scope);
  const tests = suites.flat().flatMap(({ acl }) => acl.tests);
  if (tests.some(({ expression }) => expression.raw)) scope.readsRawBytes?.(undefined);
  return new CompiledCondition(words.join(" "), suites);
}

/** The condition turned round, as `unless` does: a MISS stays one. */
export function negate(condition: Condition): Condition {
  return {
    text: `unless ${condition.text}`,
    get pure() {
      return condition.pure;
    },
    holds: (cx) => !condition.holds(cx),
    test: (cx) => not(condition.test(cx)),
    explain(cx) {
      const trace = condition.explain(cx);
      const turned = { pass: "fail", fail: "pass", miss: "miss" } as const;
      return { ...trace, verdict: turned[trace.verdict], holds: !trace.holds };
    },
  };
}

function parseSuites(words: readonly string[], scope: LangScope): Suite[] {
  const suites: Term[][] = [];
  let suite: Term[] | undefined;
  let negated = false;
  for (let at = 0; at < words.length; at++) {
    let word = words[at]!;
    if (word.toLowerCase() === "or" || word === "||") {
      suite = undefined;
      negated = false;
      continue;
    }
    while (word.startsWith("!")) {
      negated = !negated;
      word = word.substring(1);
    }
    // A lone `!` is for the term that follows.
    if (word === "") continue;
    const end = word === "{" ? closingBrace(words, at) : at;
    const acl = word === "{"
      ? anonymousAcl(words.slice(at + 1, end), scope)
      : namedAcl(word, scope);
    if (suite === undefined) suites.push(suite = []);
    suite.push({ acl, negated, text: [word, ...words.slice(at + 1, end + 1)].join(" ") });
    negated = false;
    at = end;
  }
  return suites;
}

function closingBrace(words: readonly string[], at: number): number {
  const end = words.indexOf("}", at);
  if (end < 0) throw new LangError("missing closing '}' in condition", words[at]);
  return end;
}

function anonymousAcl(words: readonly string[], scope: LangScope): Acl {
  const acl = scope.acls.anonymous(words, scope);
  acl.used = true;
  return acl;
}

function namedAcl(name: string, scope: LangScope): Acl {
  const acl = scope.acls.use(name, scope);
  if (acl !== undefined) return acl;
  throw new LangError(`no such ACL : '${name}'`, name, scope.acls.suggestion(name));
}

class CompiledCondition implements Condition {
  readonly holds: (cx: Context) => boolean;

  constructor(readonly text: string, readonly suites: readonly Suite[]) {
    this.holds = compileSuites(suites);
  }

  get pure(): boolean {
    return this.suites.every((suite) => suite.every((term) => term.acl.pure));
  }

  test(cx: Context): Ternary {
    let result: number = fail;
    for (const suite of this.suites) {
      result |= testSuite(suite, cx);
      if (result === pass) break;
    }
    return result as Ternary;
  }

  explain(cx: Context): ConditionTrace {
    const suites: SuiteTrace[] = [];
    let result: number = fail;
    for (const suite of this.suites) {
      const terms: TermTrace[] = [];
      const isReached = result !== pass;
      const own = isReached ? testSuite(suite, cx, terms) : fail;
      result |= own;
      for (const term of suite.slice(terms.length)) {
        terms.push({ ...describe(term), verdict: "skipped", tests: [] });
      }
      suites.push({ verdict: isReached ? verdict(own) : "skipped", terms });
    }
    return {
      text: this.text,
      verdict: verdict(result as Ternary),
      holds: result === pass,
      suites,
    };
  }
}

function describe({ acl, text, negated }: Term): Pick<TermTrace, "acl" | "text" | "negated"> {
  return { acl: acl.name, text, negated };
}

/** The terms up to the first that does not pass; each is told to `traces` when given. */
function testSuite(suite: Suite, cx: Context, traces?: TermTrace[]): Ternary {
  const recorder = traces && new TestRecorder();
  for (const term of suite) {
    const result = term.acl.test(cx, recorder);
    const settled = term.negated ? not(result) : result;
    if (recorder) {
      traces.push({ ...describe(term), verdict: verdict(settled), tests: recorder.take() });
    }
    if (settled !== pass) return settled;
  }
  return pass;
}

/** The two-valued form. It asks the ACL object each time, which a later line may extend. */
function compileSuites(suites: readonly Suite[]): (cx: Context) => boolean {
  const all = suites.map(compileSuite);
  const [first, second] = all;
  if (first === undefined) return () => false;
  if (second === undefined) return first;
  return (cx) => {
    for (let i = 0; i < all.length; i++) if (all[i]!(cx)) return true;
    return false;
  };
}

function compileSuite(suite: Suite): (cx: Context) => boolean {
  const [first, second] = suite;
  if (suite.length === 1) {
    const { acl, negated } = first!;
    return negated ? (cx) => !acl.holds(cx) : (cx) => acl.holds(cx);
  }
  if (suite.length === 2) {
    const { acl: a, negated: notA } = first!;
    const { acl: b, negated: notB } = second!;
    return (cx) => a.holds(cx) !== notA && b.holds(cx) !== notB;
  }
  return (cx) => {
    for (let i = 0; i < suite.length; i++) {
      if (suite[i]!.acl.holds(cx) === suite[i]!.negated) return false;
    }
    return true;
  };
}
