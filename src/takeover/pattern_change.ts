import * as v from "valibot";
import type { PatternList } from "../lang/pattern/list.ts";
import { LangError } from "../lang/spec.ts";

const text = v.string();

/** What has become of a key of a list or map at run time. */
export const patternChange = v.object({
  /** Its {@link PatternList.origin}. */
  list: text,
  key: text,
  /** Values that the configuration gives it, "" in lists that have none. */
  was: v.array(text),
  /** Values that it has. */
  now: v.array(text),
  /** `end`: its entries stand behind those that were there when they came. */
  place: v.picklist(["kept", "end"]),
  /** When, as {@link LastChanges} have it; one that does not say so gives way to any other. */
  at: v.optional(v.number(), 0),
});
export type PatternChange = v.InferOutput<typeof patternChange>;

/** Why a change can't be followed. */
export type Unfit = { readonly why: string };

/** The same values in the same order. */
export function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((value, i) => value === others[i]);
}

/** Gives a key the entries that it has elsewhere; those that no user of the list can take are left out. */
export function obey(list: PatternList, { key, now, place }: PatternChange): Unfit | undefined {
  const has = [...list.entriesOf(key)];
  const kept = place === "end" ? 0 : Math.min(has.length, now.length);
  for (const entry of has.slice(kept)) list.remove(entry);
  if (list.columns === 2) {
    for (const [i, entry] of has.slice(0, kept).entries()) {
      if (entry.value !== now[i]) list.setValue(entry, now[i]!);
    }
  }
  try {
    for (const value of now.slice(kept)) list.add(key, list.columns === 2 ? value : undefined);
    return undefined;
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    return { why: error.message };
  }
}
