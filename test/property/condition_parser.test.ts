import { expect, test } from "bun:test";
import fc from "fast-check";
import { aclDerivatives, converters, fetches } from "../../src/lang/catalog.ts";
import { type Condition, parseCondition } from "../../src/lang/condition.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { matchMethods } from "../../src/lang/pattern/match_method.ts";
import { predefinedAcls } from "../../src/lang/predefined_acls.ts";
import { LangError } from "../../src/lang/spec.ts";
import { testScope } from "../language/lang_scope.ts";

const fetchNames = [...fetches.keys(), ...aclDerivatives.keys()];
const converterNames = [...converters.keys()];
const pieces = (...list: string[]) => fc.constantFrom(...list);

const argument = fc.oneof(
  pieces("", "host", "x-a", "1", "-1", "0", "txn.a", "sess.b", "proc.c", "a\\,b", "'q'", "hex"),
  pieces("255", "2147483648", "9223372036854775807", "be", "s1", "be/s1", "sha256", "%H:%M", "ms"),
  fc.string({ maxLength: 8 }),
);
const call = (name: fc.Arbitrary<string>) =>
  fc.oneof(
    name,
    fc.tuple(name, fc.array(argument, { maxLength: 4 }))
      .map(([head, list]) => `${head}(${list.join(",")})`),
  );
/** `fetch(args),converter(args)…`, mostly of names that exist. */
const expression = fc.tuple(
  call(fc.oneof({ weight: 20, arbitrary: pieces(...fetchNames) }, fc.string({ maxLength: 6 }))),
  fc.array(call(pieces(...converterNames)), { maxLength: 3 }),
).map(([fetch, list]) => [fetch, ...list].join(","));
const flag = fc.oneof(
  pieces("-i", "-n", "-u", "-f", "-M", "--", "-m", "-x"),
  pieces(...matchMethods.map(({ name }) => name)),
);
const pattern = fc.oneof(
  pieces("/a", "10.0.0.0/8", "::1", "1", "gt", "le", "5:", ":7", "1.5", "2:1", "GET", "(a|b)*c"),
  pieces("[", "(?=a)", "\\1", "a{1000}", "^$", ".*.*.*x", "0a0b", "zz", "list.lst", ""),
  fc.string({ maxLength: 10 }),
  // Text is latin1 everywhere behind the readers.
  fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 6 }),
);
const aclWords = fc.tuple(
  expression,
  fc.array(flag, { maxLength: 3 }),
  fc.array(pattern, { maxLength: 4 }),
).map(([head, flags, patterns]) => [head, ...flags, ...patterns]);
const term = fc.oneof(
  aclWords.map((list) => ["{", ...list, "}"]),
  pieces("a", "b", "missing", ...predefinedAcls.map(({ name }) => name)).map((name) => [name]),
  pieces("!", "or", "||", "{", "}", "!{", "and", "").map((word) => [word]),
  fc.array(fc.string({ maxLength: 6 }), { maxLength: 3 }),
);
const condition = fc.array(term, { maxLength: 6 }).map((terms) => terms.flat());

const token = pieces("a", "X-A", "host", "Cookie", "Accept-Language", "Authorization", "Range");
const anyMessage = fc.record({
  method: pieces("GET", "POST", "HEAD", "OPTIONS", "CONNECT", "PURGE"),
  target: fc.oneof(
    pieces("/", "*", "http://h:8/p?q=1", "a:1", "/a/b.png?x=%41&&=;#", "/%", "?"),
    fc.string({ unit: pieces("/", "a", "?", "=", "&", ".", "%", "4", ";"), maxLength: 12 })
      .map((tail) => "/" + tail),
  ),
  fields: fc.array(
    fc.tuple(token, fc.string({ unit: "grapheme-ascii", maxLength: 20 }).map((v) => v.trim())),
    { maxLength: 5 },
  ),
  answered: fc.boolean(),
  src: fc.constantFrom("10.0.0.1", "::1", undefined),
});

type Parts = typeof anyMessage extends fc.Arbitrary<infer T> ? T : never;

function contextOf(parts: Parts) {
  const fields = parts.fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return offlineContext({
    raw: `${parts.method} ${parts.target} HTTP/1.1\r\n${fields}\r\n`,
    rawResponse: parts.answered ? `HTTP/1.1 200 OK\r\n${fields}\r\n` : undefined,
    src: parts.src,
  });
}

/** What the head reader lets through; the rest never meets a condition. */
const message = anyMessage.filter((parts) => {
  try {
    contextOf(parts);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
});

/** The condition, or undefined for one that is refused as it has to be. */
function parsed(words: readonly string[], acls: readonly (readonly string[])[] = []) {
  const scope = testScope({ files: { "list.lst": "/a\n10.0.0.1\n1\n" } });
  try {
    for (const [i, list] of acls.entries()) scope.acls.declare("ab"[i % 2]!, list, scope);
    return parseCondition(words, scope);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    expect(error.message).not.toBe("");
    return undefined;
  }
}

/** The three ways of asking it, each without an exception. */
function ask(it: Condition, parts: Parts): void {
  expect(typeof it.holds(contextOf(parts))).toBe("boolean");
  it.test(contextOf(parts));
  it.explain(contextOf(parts));
}

const bounded = { numRuns: 4000, interruptAfterTimeLimit: 20_000 };

test("any words are a condition or a LangError, and what is one can be asked of any request", () => {
  let conditions = 0;
  fc.assert(
    fc.property(condition, fc.array(aclWords, { maxLength: 2 }), message, (words, acls, parts) => {
      const it = parsed(words, acls);
      if (!it) return;
      conditions++;
      ask(it, parts);
    }),
    bounded,
  );
  expect(conditions).toBeGreaterThan(100);
});

test("so is the line of an ACL", () => {
  let lines = 0;
  fc.assert(
    fc.property(aclWords, message, (words, parts) => {
      const it = parsed(["a"], [words]);
      if (!it) return;
      lines++;
      ask(it, parts);
    }),
    bounded,
  );
  expect(lines).toBeGreaterThan(100);
});

test("arguments in any nesting of brackets and quotes end", () => {
  const text = fc.string({ unit: pieces("(", ")", ",", "'", '"', "\\", "a", " ", "{", "}") });
  fc.assert(
    fc.property(pieces(...fetchNames, ...converterNames), text, message, (name, tail, parts) => {
      for (const words of [[`${name}${tail}`], [`str(a),${name}${tail}`, "-m", "found"]]) {
        const it = parsed(["{", ...words, "}"]);
        if (it) ask(it, parts);
      }
    }),
    bounded,
  );
});
