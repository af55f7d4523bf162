import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Results kept, the oldest unused one forgotten first. */
export const verdictsMax = 1024;

/**
 * Remembers which name and password were right or wrong, so that a hash of thousands of rounds is
 * not made for every request. Kept under a keyed digest: no password stays in memory.
 */
export class PasswordVerdicts {
  readonly #key = randomBytes(32);
  readonly #verdicts = new Map<string, boolean>();

  /** The verdict on this pair; `decide` makes it when it is not known. */
  get(user: string, password: string, decide: () => boolean): boolean {
    const id = this.#digest(user, password);
    let verdict = this.#verdicts.get(id);
    if (verdict === undefined) verdict = decide();
    else this.#verdicts.delete(id);
    // Deleting and setting again moves it to the end: a Map walks in the order of insertion.
    this.#verdicts.set(id, verdict);
    if (this.#verdicts.size > verdictsMax) {
      this.#verdicts.delete(this.#verdicts.keys().next().value!);
    }
    return verdict;
  }

  #digest(user: string, password: string): string {
    const hmac = createHmac("sha256", this.#key);
    // The length keeps `ab` + `c` apart from `a` + `bc`.
    hmac.update(`${user.length}:${user}:${password}`, "latin1");
    return hmac.digest("latin1");
  }
}

const compareKey = randomBytes(32);

/** Equality that takes the same time whatever the texts have in common. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(keyed(a), keyed(b));
}

function keyed(text: string): Buffer {
  return createHmac("sha256", compareKey).update(text, "latin1").digest();
}
