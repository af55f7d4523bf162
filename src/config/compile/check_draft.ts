import { LangError } from "../../lang/spec.ts";
import type { CheckPlan, SendHttpStep } from "../check_plan.ts";
import { numberSteps, plainExpectation, type StepDraft, type WrittenStep } from "./check_steps.ts";

/** What `http-check` and `tcp-check` rules call themselves in messages. */
export type RuleFamily = "http-check" | "tcp-check";

/** The rules of one family; those of a defaults section hold until there is one of its own. */
class RuleList {
  drafts: StepDraft[] = [];
  #inherited = false;

  endInheritance(): void {
    this.#inherited = this.drafts.length > 0;
  }

  /** Lines of the proxy itself, not of its defaults. */
  get areOwn(): boolean {
    return this.drafts.length > 0 && !this.#inherited;
  }

  /** Whatever comes now replaces what was inherited. */
  own(): StepDraft[] {
    if (this.#inherited) this.drafts = [];
    this.#inherited = false;
    return this.drafts;
  }

  /** The last one that does something on the connection. */
  last(): StepDraft | undefined {
    return this.drafts.findLast(isAct);
  }
}

function isAct({ kind }: StepDraft): boolean {
  return kind !== "comment" && kind !== "set";
}

/** A request as its lines say it. */
export type RequestDraft =
  & {
    -readonly [K in Exclude<keyof SendHttpStep, "id" | "kind" | "headers">]: SendHttpStep[K];
  }
  & { headers: SendHttpStep["headers"][number][] };

export function plainRequest(): RequestDraft {
  const empty = { headers: [], body: "", comment: undefined };
  return { method: "OPTIONS", target: "/", version: "1.0", ...empty };
}

/** What `option …-check`, `http-check` and `tcp-check` lines add up to. */
export class CheckDraft {
  kind: CheckPlan["kind"] = "tcp";
  /** The steps of a check that is built in. */
  protocol: readonly WrittenStep[] = [];
  disableOn404 = false;
  sendState = false;
  /** The request of `option httpchk`, as the first `http-check send` completes it. */
  request: RequestDraft = plainRequest();
  #requestInherited = false;
  readonly rules: Readonly<Record<RuleFamily, RuleList>> = {
    "http-check": new RuleList(),
    "tcp-check": new RuleList(),
  };

  /** From here on lines are the proxy's own. */
  endInheritance(): void {
    this.#requestInherited = true;
    this.rules["http-check"].endInheritance();
    this.rules["tcp-check"].endInheritance();
  }

  /** Adds a rule; throws LangError when it cannot stand there. */
  add(family: RuleFamily, step: StepDraft): void {
    const list = this.rules[family];
    const drafts = list.own();
    if (step.kind === "connect") refuseLateConnect(drafts);
    if (family === "http-check") refuseMisplaced(step, list.last(), drafts.length + 1);
    drafts.push(step);
  }

  /** `option httpchk`: what defaults said of such checks holds no more. */
  useHttp(): RequestDraft {
    this.kind = "http";
    this.rules["http-check"].own();
    return this.#ownRequest();
  }

  /** `option tcp-check`: inherited rules hold on where they did already. */
  useTcp(): void {
    if (this.kind !== "tcp-check") this.rules["tcp-check"].own();
    this.kind = "tcp-check";
  }

  /**
   * The request that the next `http-check send` is about: that of `option httpchk` for the first;
   * undefined for all others.
   */
  awaitedRequest(): RequestDraft | undefined {
    const asked = this.rules["http-check"].own().some(({ kind }) => kind === "request");
    return asked ? undefined : this.#ownRequest();
  }

  #ownRequest(): RequestDraft {
    if (this.#requestInherited) this.request = plainRequest();
    this.#requestInherited = false;
    return this.request;
  }

  /** The first connection names its own port. */
  get connectsToPort(): boolean {
    const first = this.#steps().find(isAct);
    if (first?.kind !== "connect") return false;
    return first.port !== undefined ||
      first.address?.kind === "tcp" && first.address.port !== undefined;
  }

  plan(): CheckPlan {
    const { kind, disableOn404, sendState } = this;
    return { kind, steps: numberSteps(this.#steps()), disableOn404, sendState };
  }

  #steps(): readonly WrittenStep[] {
    switch (this.kind) {
      case "tcp":
        return [];
      case "tcp-check":
        return this.rules["tcp-check"].drafts.filter((draft) => draft.kind !== "request");
      case "protocol":
        return this.protocol;
      case "http":
        return this.#httpSteps();
    }
  }

  /**
   * The request goes first, or behind the first connection; an answer is always expected. Where a
   * proxy has rules of its own and no request, HAProxy forgets that of the defaults and waits for an
   * answer to nothing; it is sent here.
   */
  #httpSteps(): WrittenStep[] {
    const { drafts } = this.rules["http-check"];
    const request = { kind: "send-http", ...this.request } as const;
    const steps = drafts.map((draft): WrittenStep => draft.kind === "request" ? request : draft);
    if (!drafts.some(({ kind }) => kind === "request")) {
      const first = steps.findIndex(isAct);
      steps.splice(steps[first]?.kind === "connect" ? first + 1 : 0, 0, {
        ...request,
        implicit: true,
      });
    }
    if (steps.findLast(isAct)?.kind !== "expect") {
      const match = { kind: "status", ranges: [[200, 399]] } as const;
      steps.push({ ...plainExpectation, match, implicit: true });
    }
    return steps;
  }
}

function refuseLateConnect(drafts: readonly StepDraft[]): void {
  const first = drafts.find(isAct);
  if (!first || first.kind === "connect") return;
  throw new LangError(
    "first step MUST also be a 'connect', optionally preceded by a 'set-var', an 'unset-var' or a " +
      "'comment', when there is a 'connect' step in the tcp-check ruleset",
  );
}

/** Requests need a connection of their own, answers a request. */
function refuseMisplaced(step: StepDraft, last: StepDraft | undefined, number: number): void {
  if (!last) return;
  const missing = (what: string, rule: string) =>
    new LangError(
      `unable to add http-check ${what} rule at step ${number} (missing ${rule} rule)`,
    );
  const sends = step.kind === "request" || step.kind === "send-http";
  const asked = last.kind === "request" || last.kind === "send-http";
  if (sends && last.kind !== "connect") throw missing("send", "connect");
  if (step.kind === "expect" && !asked && last.kind !== "expect") throw missing("expect", "send");
  if (step.kind === "connect" && last.kind !== "expect") throw missing("connect", "expect");
}
