import type { Verdict } from "./ternary.ts";
import type { Value } from "./value.ts";

/** One value that an expression gave and what became of it. */
export interface ValueTrace {
  readonly value: Value;
  /** The pattern that matched, as written; undefined when none did or the method has none. */
  readonly pattern: string | undefined;
  /** Where the pattern stands, `list:line`, for those that were read from a file. */
  readonly from: string | undefined;
  readonly matched: boolean;
}

/** One test of an ACL: an expression against its patterns. */
export interface TestTrace {
  /** The line after the ACL's name. */
  readonly text: string;
  /** In the order seen; empty when there was no sample. */
  readonly values: readonly ValueTrace[];
  readonly verdict: Verdict;
}

/** One term of a suite. */
export interface TermTrace {
  /** "" for an anonymous ACL. */
  readonly acl: string;
  readonly text: string;
  readonly negated: boolean;
  /** After negation; "skipped" when what stood before decided already. */
  readonly verdict: Verdict | "skipped";
  /** Tests that were made; those behind the first that passes are left out. */
  readonly tests: readonly TestTrace[];
}

/** Terms that must all pass. */
export interface SuiteTrace {
  readonly verdict: Verdict | "skipped";
  readonly terms: readonly TermTrace[];
}

/** What a condition saw and concluded. */
export interface ConditionTrace {
  readonly text: string;
  readonly verdict: Verdict;
  /** The answer when the evaluation is final. */
  readonly holds: boolean;
  readonly suites: readonly SuiteTrace[];
}

/** What an evaluation tells as it goes. */
export interface TraceSink {
  value(trace: ValueTrace): void;
  test(text: string, verdict: Verdict): void;
}

/** Keeps what is told between two calls of {@link take}. */
export class TestRecorder implements TraceSink {
  #values: ValueTrace[] = [];
  #tests: TestTrace[] = [];

  value(trace: ValueTrace): void {
    this.#values.push(trace);
  }

  test(text: string, verdict: Verdict): void {
    this.#tests.push({ text, values: this.#values, verdict });
    this.#values = [];
  }

  take(): TestTrace[] {
    const tests = this.#tests;
    this.#tests = [];
    return tests;
  }
}
