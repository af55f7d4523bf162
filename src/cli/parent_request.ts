import * as v from "valibot";

const pid = v.pipe(v.number(), v.integer(), v.minValue(1));
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999_999_999));

/**
 * All that a worker can ask its parent for. The worker speaks with strangers and may be theirs one day,
 * the parent has all rights: nothing here says what is run, with which arguments or environment.
 */
const request = v.variant("kind", [
  v.strictObject({
    kind: v.literal("start"),
    mode: v.picklist(["require", "dry-run"]),
    probationMs: v.optional(milliseconds),
    /** Another executable; whether somebody who may has asked for it is seen elsewhere. */
    program: v.optional(v.pipe(v.string(), v.maxLength(4096))),
  }),
  /** A successor that it has asked for, and that does not serve yet. */
  v.strictObject({ kind: v.literal("kill"), pid }),
]);

export type ParentRequest = v.InferOutput<typeof request>;
/** A request for a successor. */
export type StartRequest = Extract<ParentRequest, { kind: "start" }>;

/** Reads a line; undefined for one that is no request. */
export function readParentRequest(line: string): ParentRequest | undefined {
  try {
    const read = v.safeParse(request, JSON.parse(line));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}
