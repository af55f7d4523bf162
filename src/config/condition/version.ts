/** `1.5-dev18-43`: numbers, then what kind of release, its number, and commits after it. */
const shape =
  /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?:-(dev|rc|pre)(\d+))?(?:-[^-]*[^-\d][^-]*)?(?:-(\d+))?/;

/** A development version comes before a candidate, and that before the release. */
const stages: Readonly<Record<string, number>> = { dev: 1, pre: 2, rc: 2 };
const released = 3;

function elements(version: string): number[] {
  const match = shape.exec(version);
  if (!match) return [];
  const [, a, b, c, d, stage, number, commits] = match;
  const numbers = [a, b, c, d].map((part) => Number(part ?? 0));
  return [...numbers, stages[stage ?? ""] ?? released, Number(number ?? 0), Number(commits ?? 0)];
}

/**
 * Compares two versions as HAProxy does: below 0 when `a` is older. Missing numbers are zero; what
 * is no version at all is older than any.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [elements(a), elements(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
