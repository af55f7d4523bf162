import { compileRegex } from "../../lang/regex/compile.ts";
import { LangError } from "../../lang/spec.ts";
import { type CheckStatus } from "../../state/check_report.ts";
import type { CheckMatch, HeaderPattern } from "../check_plan.ts";
import { plainExpectation } from "../compile/check_steps.ts";
import type { Word } from "../directive.ts";
import type { CheckLine } from "./check_line.ts";

type Expectation = {
  -readonly [K in keyof typeof plainExpectation]: typeof plainExpectation[K];
};

interface Statuses {
  readonly field: "okStatus" | "errorStatus" | "timeoutStatus";
  readonly known: readonly CheckStatus[];
}

const statuses: Readonly<Record<string, Statuses>> = {
  "ok-status": { field: "okStatus", known: ["L4OK", "L6OK", "L7OK", "L7OKC"] },
  "error-status": {
    field: "errorStatus",
    known: ["L4CON", "L6RSP", "L7RSP", "L7STS", "L7OKC"],
  },
  "tout-status": { field: "timeoutStatus", known: ["L4TOUT", "L6TOUT", "L7TOUT"] },
};

/** Reads what stands behind `http-check expect` and `tcp-check expect`. */
export function takeExpectation(words: CheckLine): Expectation & { match: CheckMatch } {
  const expectation: Expectation = { ...plainExpectation };
  let match: CheckMatch | undefined;
  let negated = false;
  const first = words.line.rest[0];
  if (!first) words.line.take(words.say("expects at least a matching pattern as arguments"));
  for (let word = words.next(); word; word = words.next()) {
    const bangs = /^!*/.exec(word.text)![0].length;
    if (bangs % 2 === 1) expectation.not = !expectation.not;
    negated ||= bangs > 0;
    const name = word.text.slice(bangs);
    if (name === "") continue;
    const take = name in matches[words.family] ? matches[words.family][name] : undefined;
    if (take) {
      if (match) throw words.bad("only on pattern expected", word);
      match = take(words, { ...word, text: name });
    } else if (!takeOption(words, { ...word, text: name }, expectation)) {
      throw words.bad(`${supported[words.family]} but got '${name}' as argument`, word);
    } else if (negated && !match) throw words.bad(`[!] not supported with '${name}'`, word);
  }
  if (!match) throw words.bad("pattern not found", first!);
  return { ...expectation, match };
}

const supported = {
  "tcp-check": "only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf', " +
    "'[!]rbinary', '[!]binary-lf' or comment",
  "http-check": "only supports min-recv, '[!]string', '[!]rstring', '[!]string-lf', '[!]status', " +
    "'[!]rstatus', [!]hdr, [!]fhdr or comment",
} as const;

/** False when it is none. */
function takeOption(words: CheckLine, word: Word, expectation: Expectation): boolean {
  const { text } = word;
  const status = Object.hasOwn(statuses, text) ? statuses[text] : undefined;
  if (status) expectation[status.field] = takeStatus(words, word, status.known);
  else if (text === "comment") expectation.comment = words.argument(word).text;
  else if (text === "min-recv") expectation.minRecv = takeMinRecv(words, word);
  else if (text === "on-success") expectation.onSuccess = words.format(words.argument(word));
  else if (text === "on-error") expectation.onError = words.format(words.argument(word));
  else if (text === "status-code") {
    expectation.statusCode = words.number(words.argument(word, "an expression"), text);
  } else return false;
  return true;
}

function takeStatus(
  words: CheckLine,
  option: Word,
  known: readonly CheckStatus[],
): CheckStatus {
  const word = words.argument(option);
  const found = known.find((status) => status === word.text.toUpperCase());
  if (found) return found;
  const list = known.map((status) => `'${status}'`).join(", ").replace(/, ([^,]*)$/, " or $1");
  throw words.bad(`'${option.text}' only supports ${list} status (got '${word.text}')`, word);
}

function takeMinRecv(words: CheckLine, option: Word): number {
  const word = words.argument(option, "a integer");
  if (/^(-1|[0-9]{1,9})$/.test(word.text)) return Number(word.text);
  throw words.bad("'min-recv' expects -1 or an integer from 0 to INT_MAX", word);
}

type TakeMatch = (words: CheckLine, word: Word) => CheckMatch;

const pattern = (words: CheckLine, word: Word) => words.argument(word, "a <pattern>");

const bodyMatches: Readonly<Record<string, TakeMatch>> = {
  string: (words, word) => ({ kind: "string", text: pattern(words, word).text }),
  rstring: (words, word) => ({ kind: "rstring", regex: regex(words, pattern(words, word)) }),
  "string-lf": (words, word) => ({
    kind: "string-lf",
    text: words.format(pattern(words, word)),
  }),
};

const matches: Readonly<Record<CheckLine["family"], Readonly<Record<string, TakeMatch>>>> = {
  "tcp-check": {
    ...bodyMatches,
    binary: (words, word) => ({ kind: "binary", text: words.bytes(pattern(words, word)) }),
    rbinary: (words, word) => ({ kind: "rbinary", regex: regex(words, pattern(words, word)) }),
    "binary-lf": (words, word) => ({
      kind: "binary-lf",
      text: words.format(pattern(words, word)),
    }),
  },
  "http-check": {
    ...bodyMatches,
    status: (words, word) => ({ kind: "status", ranges: ranges(words, pattern(words, word)) }),
    rstatus: (words, word) => ({ kind: "rstatus", regex: regex(words, pattern(words, word)) }),
    hdr: (words, word) => header(words, word, false),
    fhdr: (words, word) => header(words, word, true),
  },
};

function header(words: CheckLine, word: Word, full: boolean): CheckMatch {
  const first = words.line.rest[0];
  if (!first || !/^name(-lf)?$/.test(first.text) || words.line.rest.length < 2) {
    throw words.bad(
      `'${word.text}' expects at the name keyword as first argument followed by a pattern`,
      first ?? word,
    );
  }
  words.next();
  const name = headerPattern(words, word, first.text === "name-lf");
  const second = words.line.rest[0]?.text;
  if (second !== "value" && second !== "value-lf") {
    return { kind: "header", full, name, value: undefined };
  }
  words.next();
  const value = headerPattern(words, word, second === "value-lf");
  return { kind: "header", full, name, value };
}

const methods = ["str", "beg", "end", "sub", "reg"] as const;

function headerPattern(words: CheckLine, keyword: Word, isFormat: boolean): HeaderPattern {
  const { line } = words;
  let method: (typeof methods)[number] = "str";
  if (line.skip("-m")) {
    const text = `'${keyword.text}' : '-m' expects at a matching pattern ('str', 'beg', 'end', ` +
      "'sub' or 'reg')";
    const word = line.take(words.say(text));
    const only = `'${keyword.text}' : '-m' only supports 'str', 'beg', 'end', 'sub' or 'reg' ` +
      `(got '${word.text}')`;
    method = line.oneOf(word, methods, words.say(only));
  }
  const word = line.take(words.say(`'${keyword.text}' expect a pattern with the value keyword`));
  if (method !== "reg") return { method, text: isFormat ? words.format(word) : word.text };
  if (!isFormat) return { method, regex: regex(words, word) };
  throw words.bad(
    `'${keyword.text}': log-format string is not supported with a regex matching method`,
    word,
  );
}

function ranges(words: CheckLine, word: Word): [number, number][] {
  const invalid = /[^0-9,-]/.exec(word.text)?.[0];
  if (invalid !== undefined) {
    throw words.bad(`invalid character '${invalid}' in the list of status codes`, word);
  }
  return word.text.split(",").map((part) => {
    const [from, to] = part.split("-").map(Number) as [number, number | undefined];
    if (part === "" || !(from <= (to ?? from))) {
      throw words.bad(`invalid range '${part}' in the list of status codes`, word);
    }
    return [from, to ?? from];
  });
}

function regex(words: CheckLine, word: Word) {
  try {
    return compileRegex(word.text, { ignoreCase: false });
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw words.line.error("bad-regex", words.say(error.message), word);
  }
}
