/**
 * Which cases the messages of a failed start are about: by line number, else by a proxy's name. The
 * messages by the cases' ids.
 */
export function blamedLines(
  output: string,
  path: string,
  ownerOf: (line: number) => string | undefined,
  cases: readonly { readonly id: string }[],
): Map<string, string> {
  const found = new Map<string, string>();
  const ids = new Set(cases.map((one) => one.id));
  const file = path.split("/").at(-1) ?? "";
  const position = new RegExp(`${file.replace(".", "\\.")}:(\\d+)`);
  for (const line of output.split("\n")) {
    const text = line.replace(path, "");
    if (/warning|notice/i.test(text.slice(0, 60)) || /\[WARNING\]/.test(line)) continue;
    const number = position.exec(line)?.[1];
    const owner = number === undefined ? undefined : ownerOf(Number(number));
    const id = owner ?? /\b(c\d{4})(_\w+)?\b/.exec(text)?.[1];
    if (id === undefined || !ids.has(id)) continue;
    found.set(id, `${found.has(id) ? `${found.get(id)}\n` : ""}${line.trim()}`);
  }
  return found;
}
