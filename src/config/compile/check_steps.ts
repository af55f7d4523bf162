import type {
  CheckStep,
  ConnectStep,
  ExpectStep,
  SendHttpStep,
  SendStep,
  SetStep,
} from "../check_plan.ts";

type Written<S> = Omit<S, "id"> & {
  /** Nobody wrote it down: it has no number of its own. */
  readonly implicit?: boolean;
};

/** A step as a line gives it; `comment` is a line of its own, for the steps behind it. */
export type WrittenStep =
  | Written<ConnectStep>
  | Written<SendStep>
  | Written<SendHttpStep>
  | Written<Omit<ExpectStep, "resumeAt">>
  | Written<SetStep>
  | { readonly kind: "comment"; readonly comment: string; readonly implicit?: boolean };

/** The same, or where the request of `option httpchk` and the first `http-check send` belongs. */
export type StepDraft = WrittenStep | { readonly kind: "request" };

export type ConnectDraft = Written<ConnectStep>;

export const implicitConnect: ConnectDraft = {
  kind: "connect",
  usesServer: true,
  address: undefined,
  port: undefined,
  sendProxy: false,
  linger: false,
  comment: undefined,
};

/** What an expectation says when its line does not. */
export const plainExpectation: Written<Omit<ExpectStep, "match" | "resumeAt">> = {
  kind: "expect",
  not: false,
  minRecv: -1,
  okStatus: undefined,
  errorStatus: undefined,
  timeoutStatus: undefined,
  onSuccess: undefined,
  onError: undefined,
  statusCode: undefined,
  comment: undefined,
};

/**
 * Numbers the steps as messages count them, gives comments to what they are about, and puts a
 * connection in front where none is written.
 */
export function numberSteps(drafts: readonly WrittenStep[]): CheckStep[] {
  const steps: CheckStep[] = [];
  const first = drafts.find(({ kind }) => kind !== "comment" && kind !== "set");
  if (first?.kind !== "connect") steps.push(complete(implicitConnect, 0, undefined, steps));
  let id = 0;
  let comment: string | undefined;
  let before = "comment";
  for (const draft of drafts) {
    if (!draft.implicit) id++;
    // A comment holds for a run of steps of one kind, and for one connection only.
    if (draft.kind === "set" || draft.kind !== before && before !== "comment") comment = undefined;
    before = draft.kind;
    if (draft.kind === "comment") comment = draft.comment;
    else steps.push(complete(draft, Math.max(id, 1), draft.comment ?? comment, steps));
    if (draft.kind === "connect") comment = undefined;
  }
  return steps;
}

function complete(
  draft: Exclude<WrittenStep, { kind: "comment" }>,
  id: number,
  comment: string | undefined,
  before: readonly CheckStep[],
): CheckStep {
  const { implicit: _implicit, ...step } = draft;
  if (step.kind !== "expect") return { ...step, id, comment };
  return { ...step, id, comment, resumeAt: resumeAt(before) };
}

/** The first negated one of the expectations right before, else this one itself. */
function resumeAt(before: readonly CheckStep[]): number {
  let resume = before.length;
  for (let at = before.length - 1; at >= 0; at--) {
    const step = before[at]!;
    if (step.kind === "expect") { if (step.not) resume = at; }
    else if (step.kind !== "set") break;
  }
  return resume;
}
