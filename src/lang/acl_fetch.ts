import type { Acl } from "./acl.ts";
import type { Context } from "./context.ts";
import { langScope } from "./scope.ts";
import type { Arg, FetchSpec, Scope } from "./spec.ts";
import { LangError } from "./spec.ts";
import { fail, miss, negate, pass, type Ternary } from "./ternary.ts";

/** HAProxy takes this many names. */
const namesMax = 12;

interface Term {
  readonly acl: Acl;
  readonly negated: boolean;
}

function parseTerm(arg: Arg | undefined, scope: Scope): Term {
  const text = arg?.type === "string" ? arg.text : "";
  const name = text.replace(/^!+/, "");
  const { acls } = langScope(scope);
  const acl = acls.refer(name, langScope(scope));
  if (acl === undefined) {
    throw new LangError(`ACL '${name}' not found`, name, acls.suggestion(name));
  }
  return { acl, negated: (text.length - name.length) % 2 === 1 };
}

/** All terms, up to the first that does not pass. */
function testAll(terms: readonly Term[], cx: Context): Ternary {
  for (const { acl, negated } of terms) {
    const result = acl.test(cx, undefined);
    const settled = negated ? negate(result) : result;
    if (settled !== pass) return settled;
  }
  return pass;
}

/** `acl()`: the only fetch that needs the language itself. */
export const aclFetches = [
  {
    name: "acl",
    args: [
      { name: "name", type: "string" },
      ...Array.from({ length: namesMax - 1 }, () => (
        { name: "name", type: "string", optional: true } as const
      )),
    ],
    type: "bool",
    phases: "Y".repeat(22),
    // What the named ACLs ask may have side effects, and lines added later belong to them too.
    pure: false,
    doc: "all the named ACLs pass; `!` in front of a name negates it",
    make(args, scope) {
      const terms = args.map((arg) => parseTerm(arg, scope));
      return {
        get(cx) {
          const result = testAll(terms, cx);
          cx.mayChange = result === miss;
          return result === miss ? undefined : result !== fail;
        },
      };
    },
  },
] satisfies FetchSpec[];
