import { compileRegex } from "../../lang/regex/compile.ts";
import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Line } from "../compile/line.ts";
import type { Word } from "../directive.ts";
import type { HttpExpect } from "../plan.ts";

const supported = "only supports '[!]status', '[!]rstatus', '[!]string', '[!]rstring' or 'comment'";
const notYet = new Set([
  "min-recv",
  "ok-status",
  "error-status",
  "tout-status",
  "on-success",
  "on-error",
  "status-code",
  "string-lf",
  "hdr",
  "fhdr",
]);

/** Reads what stands behind `http-check expect`. */
export function takeExpectation(line: Line): HttpExpect {
  let not = false;
  for (;;) {
    const word = line.take(
      "'http-check expect' : expects at least a matching pattern as arguments",
    );
    let name = word.text;
    if (name.startsWith("!")) {
      not = true;
      name = name.slice(1);
      if (name === "") continue;
    }
    if (name === "comment") {
      line.take("'http-check expect' : 'comment' expects a string as argument");
      continue;
    }
    if (notYet.has(name)) {
      const message = unsupported(
        `'http-check expect ${name}'`,
        "a check looks at the status and the body",
      );
      throw line.error("unsupported", message, word);
    }
    const expectation = takePattern(line, word, name, not);
    line.end();
    return expectation;
  }
}

function takePattern(line: Line, word: Word, name: string, not: boolean): HttpExpect {
  const pattern = () =>
    line.take(`'http-check expect' : '${name}' expects a <pattern> as argument`);
  switch (name) {
    case "status":
      return { kind: "status", not, ranges: statusRanges(line, pattern()) };
    case "string":
      return { kind: "string", not, text: pattern().text };
    case "rstatus":
    case "rstring":
      return { kind: name, not, regex: regex(line, pattern()) };
    default: {
      const message = `'http-check expect' : ${supported} but got '${word.text}' as argument`;
      throw line.error("bad-value", message, word);
    }
  }
}

function statusRanges(line: Line, word: Word): [number, number][] {
  const invalid = /[^0-9,-]/.exec(word.text)?.[0];
  if (invalid !== undefined) {
    const message =
      `'http-check expect' : invalid character '${invalid}' in the list of status codes`;
    throw line.error("bad-value", message, word);
  }
  return word.text.split(",").map((part) => {
    const [from, to] = part.split("-").map(Number) as [number, number | undefined];
    if (part === "" || !(from <= (to ?? from))) {
      const message = `'http-check expect' : invalid range '${part}' in the list of status codes`;
      throw line.error("bad-value", message, word);
    }
    return [from, to ?? from];
  });
}

function regex(line: Line, word: Word) {
  try {
    return compileRegex(word.text, { ignoreCase: false });
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw line.error("bad-regex", `'http-check expect' : ${error.message}`, word);
  }
}
