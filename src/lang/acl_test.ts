import { castFor, same } from "./cast.ts";
import type { CompiledExpression } from "./compiled_expression.ts";
import type { TraceSink, ValueTrace } from "./condition_trace.ts";
import type { Context } from "./context.ts";
import type { PatternView } from "./pattern/list.ts";
import type { MatchMethod } from "./pattern/match_method.ts";
import type { UserlistFacts } from "./spec.ts";
import { fail, miss, pass, type Ternary, verdict } from "./ternary.ts";
import type { Value } from "./value.ts";

/** How one value fares: undefined no match, else what matched. */
interface Hit {
  readonly pattern: string | undefined;
  readonly from: string | undefined;
}

type Matches = (value: Value) => boolean;

/** One line of an ACL, compiled: an expression, a match method and its patterns. */
export class AclTest {
  /** The final, two-valued answer: a sample that is not there does not match. */
  readonly holds: (cx: Context) => boolean;
  /** One value of the expression against the patterns. */
  readonly matches: Matches;
  readonly #cast: (value: Value) => Value | undefined;

  constructor(
    /** As written after the ACL's name. */
    readonly text: string,
    readonly expression: CompiledExpression,
    readonly match: MatchMethod,
    /** Files in order, then the inline list. */
    readonly views: readonly PatternView[],
  ) {
    // `found` asks for no conversion, and `bool` takes a boolean as it is.
    this.#cast = match.name === "found" ? same : castFor(expression.type, match.takes)!;
    this.matches = this.#compileMatches();
    this.holds = compileHolds(expression, this.matches);
  }

  /** The three-valued answer, HAProxy's own; tells `sink` about each value when there is one. */
  test(cx: Context, sink: TraceSink | undefined): Ternary {
    const { expression, matches } = this;
    const check = sink === undefined ? matches : (value: Value) => {
      const matched = matches(value);
      sink.value(this.#trace(value, matched));
      return matched;
    };
    cx.mayChange = false;
    let matched: boolean;
    if (expression.each !== undefined) matched = expression.each(cx, check);
    else {
      const value = expression.get(cx);
      matched = value !== undefined && check(value);
    }
    const result = matched ? pass : cx.mayChange && !cx.final ? miss : fail;
    sink?.test(this.text, verdict(result));
    return result;
  }

  #trace(value: Value, matched: boolean): ValueTrace {
    const hit = matched ? this.#hit(value) : undefined;
    return { value, matched, pattern: hit?.pattern, from: hit?.from };
  }

  /** The pattern behind a match that was seen. */
  #hit(value: Value): Hit | undefined {
    const { match } = this;
    const cast = this.#cast(value);
    if (match.index === undefined || cast === undefined) return undefined;
    for (const candidate of match.name === "http_auth_group" ? this.#groups(cast) : [cast]) {
      for (const view of this.views) {
        const entry = view.find(candidate);
        if (entry === undefined) continue;
        const { name } = view.list;
        return { pattern: entry.text, from: name === "" ? undefined : `${name}:${entry.line}` };
      }
    }
    return undefined;
  }

  #groups(user: Value): readonly string[] {
    return userlistOf(this.expression)?.groupsOf(user as string) ?? [];
  }

  #compileMatches(): Matches {
    const { match, expression: { type } } = this;
    const cast = this.#cast;
    if (match.name === "found") return () => true;
    if (match.name === "bool") {
      return type === "bool" ? (value) => value === true : (value) => {
        const number = cast(value);
        return number !== undefined && number != 0;
      };
    }
    const finds = compileFinds(this.views);
    if (match.name === "http_auth_group") return (user) => this.#groups(user).some(finds);
    if (cast === same) return finds;
    return (value) => {
      const converted = cast(value);
      return converted !== undefined && finds(converted);
    };
  }
}

function compileFinds(views: readonly PatternView[]): Matches {
  if (views.length === 1) {
    const view = views[0]!;
    return (value) => view.find(value) !== undefined;
  }
  return (value) => {
    for (let i = 0; i < views.length; i++) {
      if (views[i]!.find(value) !== undefined) return true;
    }
    return false;
  };
}

function compileHolds(expression: CompiledExpression, matches: Matches) {
  const { get, each } = expression;
  if (each !== undefined) return (cx: Context) => each(cx, matches);
  return (cx: Context) => {
    const value = get(cx);
    return value !== undefined && matches(value);
  };
}

function userlistOf(expression: CompiledExpression): UserlistFacts | undefined {
  const arg = expression.args[0];
  return arg?.type === "userlist" ? arg.userlist : undefined;
}
