import { readFileSync } from "node:fs";
import { AclSet } from "../../src/lang/acl_set.ts";
import { PatternStore } from "../../src/lang/pattern/store.ts";
import { type LangScope, type ScopeParts, standaloneScope } from "../../src/lang/scope.ts";
import { splitWords } from "../../src/config/words.ts";

/** Words of a configuration line, as haproxy.cfg splits them. */
export function words(line: string): string[] {
  const context = {
    expansion: "in-quotes",
    variable: () => undefined,
    place: (offset: number) => ({ file: "test", line: 1, column: offset + 1 }),
  } as const;
  const list = splitWords(line, context);
  if (list.fault) throw new Error(list.fault.message);
  return list.words.map((word) => word.text);
}

/** A scope with ACLs and lists of its own; files are read from `folder`. */
export function testScope(
  parts: Partial<ScopeParts> & {
    warnings?: string[];
    folder?: URL;
    files?: Record<string, string>;
  } = {},
): LangScope {
  const { warnings, folder, files, ...rest } = parts;
  return standaloneScope({
    acls: new AclSet(),
    patterns: new PatternStore(),
    proxyName: "fe",
    where: "test:1",
    warn: (text) => warnings?.push(text),
    readFile(path) {
      const text = files?.[path];
      if (text !== undefined) return text;
      if (folder !== undefined) return readFileSync(new URL(path, folder), "latin1");
      throw new Error(`no file ${path}`);
    },
    ...rest,
  });
}
