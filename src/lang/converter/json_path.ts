/** A value found in a JSON text, by its offsets. */
export interface JsonToken {
  readonly kind: "object" | "array" | "string" | "number" | "true" | "false" | "null";
  readonly start: number;
  readonly end: number;
}

/** A step of a path: the value of a key, or the n-th of an array. */
export type JsonStep = { readonly key: string } | { readonly index: number };

/** Objects and arrays within each other at most, as HAProxy's parser takes them. */
const depthMax = 20;

/** Parses `$.a.b[0]`, with `\.` for a dot in a key; undefined for anything else. */
export function parseJsonPath(path: string): readonly JsonStep[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: JsonStep[] = [];
  let at = 1;
  while (at < path.length) {
    if (path[at] === "[") {
      const index = /^\[([0-9]+)\]/.exec(path.substring(at));
      if (index === null) return undefined;
      steps.push({ index: Number(index[1]) });
      at += index[0].length;
      continue;
    }
    if (path[at] !== ".") return undefined;
    at++;
    let key = "";
    while (at < path.length && path[at] !== "." && path[at] !== "[") {
      if (path[at] === "\\" && at + 1 < path.length) at++;
      key += path[at++];
    }
    steps.push({ key });
  }
  return steps;
}

/** Finds the value at a path in a JSON text; undefined when it is not there or what precedes it is no JSON. */
export function findJson(text: string, steps: readonly JsonStep[]): JsonToken | undefined {
  return new Finder(text, steps).find();
}

const failed = -1;

class Finder {
  #found: JsonToken | undefined;

  constructor(readonly text: string, readonly steps: readonly JsonStep[]) {}

  find(): JsonToken | undefined {
    const end = this.value(0, 0, 0);
    return end === failed ? this.#found : this.#found;
  }

  /**
   * Reads the value at `at`; `matched` steps of the path led here, -1 when it is off the path.
   * Returns the offset behind it; a value that was found or is wrong ends everything.
   */
  private value(start: number, matched: number, depth: number): number {
    const at = this.skipBlanks(start);
    const wanted = matched === this.steps.length;
    const kind = this.kindAt(at);
    if (kind === undefined || depth > depthMax) return failed;
    const inner = wanted ? -1 : matched;
    const end = kind === "object"
      ? this.members(at + 1, inner, depth)
      : kind === "array"
      ? this.elements(at + 1, inner, depth)
      : this.scalarEnd(at, kind);
    if (end === failed) return failed;
    if (!wanted) return end;
    this.#found = { kind, start: at, end };
    return failed;
  }

  private kindAt(at: number): JsonToken["kind"] | undefined {
    const c = this.text[at];
    switch (c) {
      case "{":
        return "object";
      case "[":
        return "array";
      case '"':
        return "string";
      case "t":
        return "true";
      case "f":
        return "false";
      case "n":
        return "null";
    }
    return c !== undefined && /[-0-9]/.test(c) ? "number" : undefined;
  }

  private members(start: number, matched: number, depth: number): number {
    const { text } = this;
    let at = this.skipBlanks(start);
    if (text[at] === "}") return at + 1;
    for (;;) {
      at = this.skipBlanks(at);
      if (text[at] !== '"') return failed;
      const keyEnd = this.scalarEnd(at, "string");
      if (keyEnd === failed) return failed;
      const step = matched < 0 ? undefined : this.steps[matched];
      const hit = step !== undefined && "key" in step &&
        text.substring(at + 1, keyEnd - 1) === step.key;
      at = this.skipBlanks(keyEnd);
      if (text[at] !== ":") return failed;
      at = this.value(at + 1, hit ? matched + 1 : -1, depth + 1);
      if (at === failed) return failed;
      at = this.skipBlanks(at);
      if (text[at] === "}") return at + 1;
      if (text[at++] !== ",") return failed;
    }
  }

  private elements(start: number, matched: number, depth: number): number {
    const { text } = this;
    const step = matched < 0 ? undefined : this.steps[matched];
    const wanted = step !== undefined && "index" in step ? step.index : -1;
    let at = this.skipBlanks(start);
    if (text[at] === "]") return at + 1;
    for (let index = 0;; index++) {
      at = this.value(at, index === wanted ? matched + 1 : -1, depth + 1);
      if (at === failed) return failed;
      at = this.skipBlanks(at);
      if (text[at] === "]") return at + 1;
      if (text[at++] !== ",") return failed;
    }
  }

  private scalarEnd(at: number, kind: JsonToken["kind"]): number {
    const { text } = this;
    if (kind === "string") {
      for (let i = at + 1; i < text.length; i++) {
        if (text.charCodeAt(i) < 32) return failed;
        if (text[i] === "\\") i++;
        else if (text[i] === '"') return i + 1;
      }
      return failed;
    }
    if (kind !== "number") return text.startsWith(kind, at) ? at + kind.length : failed;
    const number = numberPattern;
    number.lastIndex = at;
    return number.test(text) ? number.lastIndex : failed;
  }

  private skipBlanks(at: number): number {
    const { text } = this;
    while (at < text.length && " \t\n\r".includes(text[at]!)) at++;
    return at;
  }
}

const numberPattern = /-?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]*)?/y;
