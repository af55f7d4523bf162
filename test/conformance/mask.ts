export interface Masks {
  /** Texts that stand for the same thing on both sides, like ports. */
  readonly replace: readonly (readonly [text: string, name: string])[];
  readonly patterns: readonly RegExp[];
}

/** A text in which what differs by chance has a name. A port's digits within a longer number are no port. */
export function masked(text: string, masks: Masks): string {
  for (const [from, to] of masks.replace) {
    const whole = new RegExp(`(?<!\\d)${from.replace(/[^\w]/g, "\\$&")}(?!\\d)`, "g");
    text = text.replace(whole, () => to);
  }
  for (const pattern of masks.patterns) text = text.replace(pattern, "<masked>");
  return text;
}
