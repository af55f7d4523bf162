import type { ChoiceStep, Decision, FieldList, RuleStep, Step } from "../decide/decision.ts";
import type { RequestInput } from "../decide/request_input.ts";
import { latin1Text } from "../decide/standard_request.ts";
import type { ConditionTrace, TermTrace, TestTrace } from "../lang/condition_trace.ts";
import { Address } from "../lang/address.ts";
import { Bin, Method, type Value } from "../lang/value.ts";

/** What a piece of text is, for its colour. */
export type Tone = "heading" | "good" | "bad" | "quiet";
export type Paint = (tone: Tone, text: string) => string;

/** Most characters shown of one value or body line. */
const shownMax = 200;

/** The decision for a reader, as latin1 text; `lineOf` gives the text of a `file:line`. */
export function explainText(
  request: RequestInput,
  decision: Decision,
  lineOf: (place: string) => string | undefined,
  paint: Paint,
): string {
  const { method, target, version, from } = request;
  const client = from === undefined ? "a unix socket" : from;
  const line = shown(`${method} ${target} HTTP/${version ?? "1.1"}`);
  return [
    paint("heading", `${line} from ${client} to frontend ${decision.frontend}`),
    ...stepLines(decision.steps, paint),
    "",
    ...conclusion(decision, lineOf, paint),
    "",
  ].join("\n");
}

function stepLines(steps: readonly Step[], paint: Paint): string[] {
  const width = Math.max(0, ...steps.map(({ at }) => place(at).length));
  const lines: string[] = [];
  let heading = "";
  for (const step of steps) {
    const next = headingOf(step);
    if (next !== heading) lines.push("", paint("heading", heading = next));
    lines.push(...linesOf(step, width, paint));
  }
  return lines;
}

function headingOf(step: Step): string {
  return step.kind === "rule" ? `${step.proxy}: ${step.ruleSet}` : `${step.proxy}: route`;
}

function linesOf(step: Step, width: number, paint: Paint): string[] {
  const at = paint("quiet", place(step.at).padEnd(width));
  if (step.kind === "note") return [`  ${at}  ${" ".repeat(wordWidth)}  ${shown(step.text)}`];
  const word = step.kind === "rule" ? ruleWord(step) : step.result;
  const tone: Tone = quietWords.has(word) ? "quiet" : badWords.has(word) ? "bad" : "good";
  const line = `  ${at}  ${paint(tone, word.padEnd(wordWidth))}  ${shown(step.text)}`;
  const indent = " ".repeat(width + wordWidth + 6);
  const waited = step.kind === "rule" && step.waited ? [`${indent}would wait ${step.waited}`] : [];
  return [line, ...waited, ...conditionLines(step, indent, paint)];
}

/** Width of the longest word for what became of a line. */
const wordWidth = "not reached".length;
const quietWords: ReadonlySet<string> = new Set(["skipped", "not reached", "passed on"]);
const badWords: ReadonlySet<string> = new Set(["closes", "drops", "fails"]);

const ruleWords: Readonly<Record<RuleStep["result"], string>> = {
  "continue": "runs",
  "accept": "ends rules",
  "reply": "answers",
  "abort": "closes",
  "drop": "drops",
  "error": "fails",
  "skipped": "skipped",
  "not reached": "not reached",
};

function ruleWord({ result }: RuleStep): string {
  return ruleWords[result];
}

function conditionLines(
  { condition }: RuleStep | ChoiceStep,
  indent: string,
  paint: Paint,
): string[] {
  if (!condition) return [];
  const terms = termsOf(condition);
  const width = Math.max(0, ...terms.map(({ label }) => label.length));
  return terms.flatMap(({ label, term }) => {
    const word = term.verdict === "skipped" ? "-" : term.verdict === "pass" ? "yes" : "no";
    const tone: Tone = word === "yes" ? "good" : word === "no" ? "bad" : "quiet";
    const head = `${indent}${paint(tone, word.padEnd(3))}  ${label.padEnd(width)}`;
    const tests = term.tests.flatMap((test) => testLines(term, test));
    if (tests.length === 0) return [head.trimEnd()];
    const behind = " ".repeat(indent.length + 5 + width);
    return tests.map((test, i) => `${i === 0 ? head : behind}  ${test}`);
  });
}

/** Terms with what joins them to those before. */
function termsOf({ suites }: ConditionTrace): { label: string; term: TermTrace }[] {
  return suites.flatMap(({ terms }, suite) =>
    terms.map((term, i) => {
      const joint = suites.length === 1 ? "" : i > 0 ? "   " : suite > 0 ? "or " : "   ";
      return { label: joint + (term.negated ? "!" : "") + shown(term.text), term };
    })
  );
}

/** What was fetched, and by what it matched. The text of an anonymous ACL is there already. */
function testLines({ acl }: TermTrace, { text, values }: TestTrace): string[] {
  const seen = values.length === 0
    ? ["no sample"]
    : values.map(({ value, matched, pattern, from }) => {
      // A range that an operator made of its number is not what the operator wrote.
      const isWritten = pattern !== undefined && (from !== undefined || text.includes(pattern));
      const by = isWritten ? ` by ${pattern}${from ? ` (${from})` : ""}` : "";
      return `${valueText(value)} ${matched ? `matches${by}` : "does not match"}`;
    });
  return seen.map((line) => shown(acl === "" ? line : `${text}: ${line}`));
}

function valueText(value: Value): string {
  if (typeof value === "string") return quoted(value);
  if (value instanceof Bin) return isPlain(value.bytes) ? quoted(value.bytes) : hex(value.bytes);
  if (value instanceof Method) return value.name;
  if (value instanceof Address) return value.toString();
  return String(value);
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function isPlain(bytes: string): boolean {
  return /^[ -~]*$/.test(bytes);
}

function hex(bytes: string): string {
  return "0x" + [...bytes].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function conclusion(
  decision: Decision,
  lineOf: (place: string) => string | undefined,
  paint: Paint,
): string[] {
  const { decidedBy } = decision;
  const source = decidedBy === undefined ? undefined : lineOf(decidedBy);
  const by = decidedBy === undefined
    ? []
    : [`decided by  ${place(decidedBy)}${source === undefined ? "" : `  ${shown(source)}`}`];
  const hints = decision.earlyHints.length === 0
    ? []
    : ["", paint("heading", "103 Early Hints first"), ...fields(decision.earlyHints)];
  switch (decision.outcome) {
    case "forward": {
      const { backend, server, address, request } = decision;
      return [
        verdict(paint, "good", `backend ${backend}, server ${server} (${address})`),
        ...by,
        ...hints,
        "",
        paint("heading", "the request as it would leave"),
        `  ${shown(`${request.method} ${request.target} HTTP/${request.version}`)}`,
        ...fields(request.headers),
      ];
    }
    case "queue":
      return [verdict(paint, "bad", `backend ${decision.backend}, waits in its queue`), ...by];
    case "reply": {
      const { status, reason, headers, body } = decision.reply;
      return [
        verdict(paint, "bad", `answered with ${status} ${reason}`),
        ...by,
        ...hints,
        "",
        paint("heading", "the answer"),
        `  HTTP/1.1 ${status} ${shown(reason)}`,
        ...fields(headers),
        ...bodyLines(body),
      ];
    }
    case "reject":
      return [verdict(paint, "bad", "the connection is closed without an answer"), ...by];
    case "silent-drop":
      return [verdict(paint, "bad", "the connection is dropped without a word"), ...by];
    default:
      return decision satisfies never;
  }
}

function verdict(paint: Paint, tone: Tone, text: string): string {
  return `decision    ${paint(tone, shown(text))}`;
}

function fields(list: FieldList): string[] {
  return list.map(([name, value]) => `  ${shown(`${name}: ${value}`)}`);
}

function bodyLines(body: string): string[] {
  if (body === "") return [];
  return ["", ...body.replace(/\n$/, "").split("\n").map((line) => `  ${shown(line)}`)];
}

/** A place's path may hold any character; all else is latin1 already. */
function place(at: string): string {
  return latin1Text(at)!;
}

/** Nothing that reaches a terminal may steer it, and nothing is endless. */
function shown(text: string): string {
  const safe = text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return safe.length <= shownMax ? safe : `${safe.slice(0, shownMax)}... (${safe.length} bytes)`;
}
