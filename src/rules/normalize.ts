/** A normalizer's result: the new text, or "invalid" when strict and the text is broken. */
export type Normalized = string | "invalid";

/** Removes `.` segments: `/a/./b` becomes `/a/b`, `/a/.` becomes `/a/`. */
export function stripDot(path: string): string {
  let out = "";
  let from = 0;
  while (from < path.length) {
    const slash = path.indexOf("/", from);
    const end = slash < 0 ? path.length : slash + 1;
    const segment = path.substring(from, end);
    if (segment !== "./" && segment !== ".") out += segment;
    from = end;
  }
  return out;
}

/**
 * Merges `..` segments with the one before them. `beyond` says what becomes of those that would
 * leave the root: "keep" them, or "drop" them as `full` does.
 */
export function stripDotDot(path: string, beyond: "keep" | "drop"): string {
  // Segments without their slashes; the first is the empty one before the leading slash.
  const kept: string[] = [];
  let parents = 0;
  const segments = path.split("/");
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1;
    if (segment !== "..") {
      kept.push(segment);
      continue;
    }
    if (kept.length > parents + 1) kept.pop();
    else if (beyond === "keep") {
      kept.push(segment);
      parents++;
    }
    // `/a/..` names a directory: it ends in a slash.
    if (last) kept.push("");
  }
  const out = kept.join("/");
  return out === "" && path !== "" ? "/" : out;
}

/** Merges adjacent slashes. */
export function mergeSlashes(path: string): string {
  return path.replace(/\/{2,}/g, "/");
}

/** Upper-cases the letters of `%6f`. Strict: a `%` without two hex digits is invalid. */
export function percentUpper(text: string, strict: boolean): Normalized {
  return mapPercent(text, strict, (hex) => "%" + hex.toUpperCase());
}

/** Decodes letters, digits, `-._~`. Strict: a `%` without two hex digits is invalid. */
export function percentDecodeUnreserved(text: string, strict: boolean): Normalized {
  return mapPercent(text, strict, (hex) => {
    const char = String.fromCharCode(parseInt(hex, 16));
    return /^[A-Za-z0-9._~-]$/.test(char) ? char : "%" + hex;
  });
}

function mapPercent(text: string, strict: boolean, map: (hex: string) => string): Normalized {
  let at = text.indexOf("%");
  if (at < 0) return text;
  let out = "";
  let from = 0;
  while (at >= 0) {
    const hex = text.substring(at + 1, at + 3);
    const sound = /^[0-9A-Fa-f]{2}$/.test(hex);
    if (!sound && strict) return "invalid";
    out += text.substring(from, at) + (sound ? map(hex) : "%");
    from = sound ? at + 3 : at + 1;
    at = text.indexOf("%", from);
  }
  return out + text.substring(from);
}

/** Sorts `&`-separated parameters by name, bytewise, shorter first; equal names keep their order. */
export function sortQuery(query: string): string {
  const parameters = query.split("&");
  // What an ending `&` opens is no parameter.
  if (parameters.length > 1 && parameters.at(-1) === "") parameters.pop();
  const named = parameters.map((text) => ({ text, name: nameOf(text) }));
  named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return named.map(({ text }) => text).join("&");
}

function nameOf(parameter: string): string {
  const equals = parameter.indexOf("=");
  return equals < 0 ? parameter : parameter.substring(0, equals);
}

/** Removes `#` and what follows. */
export function stripFragment(target: string): string {
  const mark = target.indexOf("#");
  return mark < 0 ? target : target.substring(0, mark);
}

/** Writes `#` as `%23`. */
export function encodeFragment(target: string): string {
  return target.replaceAll("#", "%23");
}
