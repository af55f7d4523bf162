import { Acl } from "./acl.ts";
import { parseAclLine } from "./acl_line.ts";
import { isNameCode } from "./ascii.ts";
import { nearest, type Suggestion } from "./nearest.ts";
import { predefinedAcls } from "./predefined_acls.ts";
import type { LangScope } from "./scope.ts";
import { LangError } from "./spec.ts";

const predefined = new Map(predefinedAcls.map((row) => [row.name, row]));

/** The ACLs of one proxy: its own, and the predefined ones that it uses. */
export class AclSet {
  readonly #acls = new Map<string, Acl>();
  readonly #declared = new Set<string>();
  /** ACLs that the line being parsed asks through `acl()`. */
  #references: Set<Acl> = new Set();

  /**
   * An `acl` line: `words` is what follows the name. Another line of the same name is one more way
   * to pass. Throws LangError; warnings go to the scope.
   */
  declare(name: string, words: readonly string[], scope: LangScope): void {
    checkName(name);
    const acl = this.#acls.get(name);
    const { test, references } = this.#parse(name, words, scope);
    for (const reference of references) {
      if (acl !== undefined && reference.reaches(acl)) {
        throw new LangError(
          `error detected while parsing ACL '${name}' : '${name}' have a recursive loop`,
          name,
        );
      }
    }
    this.#declared.add(name);
    this.#extend(acl ?? this.#create(name), test, references);
  }

  /** The ACL that a term names; predefined ones become the proxy's own at their first use. */
  use(name: string, scope: LangScope): Acl | undefined {
    let acl = this.#acls.get(name);
    if (acl === undefined) {
      const row = predefined.get(name);
      if (row === undefined) return undefined;
      const test = parseAclLine(row.words, name, scope);
      acl = this.#create(name);
      acl.extend(test);
    }
    acl.used = true;
    return acl;
  }

  /** As `use`, for `acl()` within a line, which then depends on it. */
  refer(name: string, scope: LangScope): Acl | undefined {
    const acl = this.use(name, scope);
    if (acl !== undefined) this.#references.add(acl);
    return acl;
  }

  /** An ACL in braces. */
  anonymous(words: readonly string[], scope: LangScope): Acl {
    const acl = new Acl("");
    const references = this.#collect(() => acl.extend(parseAclLine(words, "", scope)));
    for (const reference of references) acl.references.add(reference);
    return acl;
  }

  find(name: string): Acl | undefined {
    return this.#acls.get(name);
  }

  /** The name nearest to a mistyped one, of those known by now. */
  suggestion(name: string): Suggestion {
    const { size } = this.#acls;
    return () => nearest(name, [...[...this.#acls.keys()].slice(0, size), ...predefined.keys()]);
  }

  /** Names that were declared and that nothing asks. */
  unused(): string[] {
    return [...this.#declared].filter((name) => !this.#acls.get(name)!.used);
  }

  #parse(name: string, words: readonly string[], scope: LangScope) {
    try {
      let test!: ReturnType<typeof parseAclLine>;
      const references = this.#collect(() => {
        test = parseAclLine(words, name, scope);
      });
      return { test, references };
    } catch (error) {
      if (!(error instanceof LangError)) throw error;
      const text = `error detected while parsing ACL '${name}' : ${error.message}`;
      throw new LangError(text, error.word, error.suggestion);
    }
  }

  #collect(parse: () => void): Set<Acl> {
    const outer = this.#references;
    const inner = this.#references = new Set<Acl>();
    try {
      parse();
      return inner;
    } finally {
      this.#references = outer;
    }
  }

  #create(name: string): Acl {
    const acl = new Acl(name);
    this.#acls.set(name, acl);
    return acl;
  }

  #extend(acl: Acl, test: ReturnType<typeof parseAclLine>, references: Set<Acl>): void {
    for (const reference of references) acl.references.add(reference);
    acl.extend(test);
  }
}

function checkName(name: string): void {
  for (let i = 0; i < name.length; i++) {
    if (isNameCode(name.charCodeAt(i))) continue;
    throw new LangError(`character '${name[i]}' is not permitted in acl name '${name}'.`, name);
  }
  if (name.toLowerCase() === "or") {
    throw new LangError(
      `acl name '${name}' will never match. ` +
        "'or' is used to express a logical disjunction within a condition.",
      name,
    );
  }
}
