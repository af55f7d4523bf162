import type { Word } from "../directive.ts";

/** More servers of one template are a typing error. */
const templateServersMax = 65536;

/** The servers that a line makes: one, several for a template, none for what is no such line. */
export function serverNames(words: readonly Word[]): string[] {
  const [keyword, name, range] = words;
  if (name === undefined) return [];
  switch (keyword!.text) {
    case "server":
      return [name.text];
    case "server-template":
      return (templateNumbers(range?.text ?? "") ?? []).map((number) => `${name.text}${number}`);
    default:
      return [];
  }
}

/** The numbers of `3` or `5-7`; undefined for anything else. */
function templateNumbers(range: string): number[] | undefined {
  const [, first, last] = /^([0-9]+)(?:-([0-9]+))?$/.exec(range) ?? [];
  const from = last === undefined ? 1 : Number(first);
  const count = Number(last ?? first) - from + 1;
  if (!(count > 0 && count <= templateServersMax)) return undefined;
  return Array.from({ length: count }, (_, i) => from + i);
}
