import type { AclSet } from "./acl_set.ts";
import type { Address } from "./address.ts";
import type { PatternStore } from "./pattern/store.ts";
import type { Phase, Scope } from "./spec.ts";

/** What the compiler of conditions and expressions asks of its surroundings. */
export interface LangScope extends Scope {
  /** Where it may run as well: error pages are made for a request, or in place of an answer. */
  readonly otherPhase?: Phase;
  /** The ACLs of the proxy that the line stands in. */
  readonly acls: AclSet;
  /** The process's pattern lists, staged while a configuration is compiled. */
  readonly patterns: PatternStore;
  /** Reads a file named in the configuration, as latin1; throws when it cannot. */
  readFile(path: string): string;
  /**
   * Told that a condition, or a format where `fetch` is given, reads the raw bytes of a connection,
   * of which an HTTP stream has none.
   */
  readonly readsRawBytes?: (fetch: string | undefined) => void;
  /** Resolves a host name in an address pattern; absent: names are refused. */
  readonly resolveHost?: (name: string) => Address | undefined;
}

/**
 * The scope as the language's own rows need it. Every compiler of this language passes a
 * {@link LangScope}; the rows of the tables only declare what a stranger's row may ask for.
 */
export function langScope(scope: Scope): LangScope {
  if (!("acls" in scope && "patterns" in scope)) {
    throw new TypeError("an expression is compiled in a LangScope");
  }
  return scope as LangScope;
}

export type ScopeParts = Partial<LangScope> & Pick<LangScope, "acls" | "patterns">;

/** A scope outside of any configuration, where no name is known; `parts` replace what is given. */
export function standaloneScope(parts: ScopeParts): LangScope {
  return {
    phase: "fe_http_req_hdr",
    proxyName: "",
    where: "",
    frontend: () => undefined,
    backend: () => undefined,
    server: () => undefined,
    userlist: () => undefined,
    env: () => undefined,
    warn: () => {},
    readFile: (path) => {
      throw new Error(`no file ${path}`);
    },
    ...parts,
  };
}
