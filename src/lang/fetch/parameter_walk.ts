const ampersand = 38;
const semicolon = 59;
const equalsSign = 61;

/** Which parameters are wanted; `name` "" takes any, `lower` is `name` in lower case or undefined. */
export interface ParameterName {
  readonly name: string;
  /** Set when letters of either case are the same. */
  readonly lower: string | undefined;
}

/**
 * Gives the value of every parameter of that name in `text` from `from` on until `visit` returns
 * true; returns true when it did. A parameter ends at `&`, `;` or `delimiter`; nothing is decoded.
 */
export function eachParameter(
  text: string,
  from: number,
  delimiter: number,
  wanted: ParameterName,
  visit: (value: string) => boolean,
): boolean {
  for (let at = from;;) {
    const start = wanted.name === "" ? anyValue(text, at) : namedValue(text, at, delimiter, wanted);
    if (start < 0) return false;
    const end = parameterEnd(text, start, delimiter);
    if (visit(text.substring(start, end))) return true;
    if (end >= text.length) return false;
    at = end;
  }
}

/** The first parameter's value, as {@link eachParameter} finds it. */
export function firstParameter(
  text: string,
  from: number,
  delimiter: number,
  wanted: ParameterName,
): string | undefined {
  const start = wanted.name === ""
    ? anyValue(text, from)
    : namedValue(text, from, delimiter, wanted);
  return start < 0 ? undefined : text.substring(start, parameterEnd(text, start, delimiter));
}

function anyValue(text: string, at: number): number {
  const sign = text.indexOf("=", at);
  return sign < 0 ? -1 : sign + 1;
}

function namedValue(
  text: string,
  at: number,
  delimiter: number,
  { name, lower }: ParameterName,
): number {
  while (at < text.length) {
    const end = at + name.length;
    if (
      text.charCodeAt(end) === equalsSign &&
      (lower === undefined ? text.startsWith(name, at) : matchesLower(text, at, lower))
    ) return end + 1;
    at = parameterEnd(text, at, delimiter) + 1;
  }
  return -1;
}

function parameterEnd(text: string, at: number, delimiter: number): number {
  for (; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === ampersand || c === semicolon || c === delimiter) break;
  }
  return at;
}

function matchesLower(text: string, at: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    const c = text.charCodeAt(at + i);
    const wanted = lower.charCodeAt(i);
    if (c !== wanted && !(c >= 65 && c <= 90 && c + 32 === wanted)) return false;
  }
  return true;
}
