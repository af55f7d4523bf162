import type { AclTest } from "./acl_test.ts";
import type { TraceSink } from "./condition_trace.ts";
import type { Context } from "./context.ts";
import { fail, pass, type Ternary } from "./ternary.ts";

/**
 * A named or anonymous ACL: tests of which one has to pass. Conditions keep the object, so that a
 * line that is declared after them still extends what they ask.
 */
export class Acl {
  readonly #tests: AclTest[] = [];
  /** ACLs that its tests ask through `acl()`. */
  readonly references = new Set<Acl>();
  /** A condition or another ACL asks it. */
  used = false;
  readonly #watchers = new Set<() => void>();
  /** The final answer of all tests so far; replaced when one is added. */
  holds: (cx: Context) => boolean = () => false;

  constructor(readonly name: string) {}

  get tests(): readonly AclTest[] {
    return this.#tests;
  }

  get pure(): boolean {
    return this.#tests.every((test) => test.expression.pure);
  }

  extend(test: AclTest): void {
    this.#tests.push(test);
    const tests = this.#tests;
    this.holds = tests.length === 1 ? test.holds : (cx) => {
      for (let i = 0; i < tests.length; i++) if (tests[i]!.holds(cx)) return true;
      return false;
    };
    for (const extended of this.#watchers) extended();
  }

  /** Calls `extended`, once however often it is given, whenever a test is added, until the ACL is gone. */
  watch(extended: () => void): void {
    this.#watchers.add(extended);
  }

  test(cx: Context, sink: TraceSink | undefined): Ternary {
    let result: number = fail;
    for (const test of this.#tests) {
      result |= test.test(cx, sink);
      if (result === pass) break;
    }
    return result as Ternary;
  }

  /** True when it asks `other`, by whatever way. */
  reaches(other: Acl): boolean {
    if (this === other) return true;
    for (const reference of this.references) if (reference.reaches(other)) return true;
    return false;
  }
}
