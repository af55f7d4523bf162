/**
 * Finds the word that was meant. Of many thousand mistakes few are shown, and each search goes
 * through every word: so the search waits until somebody wants to know.
 */
export type Suggestion = () => string | undefined;

/** How far a word may be from a candidate to be offered: a third of its length, two at least. */
function reach(word: string): number {
  return Math.max(2, Math.floor(word.length / 3));
}

/** The candidate nearest to a mistyped word by edits of one letter, or undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = reach(word) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  // A short word is "near" to anything; something of it has to be left.
  return bestDistance < Math.max(word.length, 1) ? best : undefined;
}

/**
 * Insertions, removals, replacements and swaps of neighbours between two words; `limit` or more is
 * given as `limit`.
 */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const equal = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (equal ? 0 : 1));
      if (
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      ) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      least = Math.min(least, cost);
    }
    if (least >= limit) return limit;
    before = previous;
    previous = row;
  }
  return Math.min(previous[b.length]!, limit);
}
