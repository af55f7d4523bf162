import type { Expectation } from "./case.ts";
import { mayRefuse, newerBehaviour } from "./differences.ts";
import { type Observation, summary } from "./observation.ts";

/** One observation as text, a fact a line, so that two of them can be compared by eye. */
export function describe(observation: Observation): string {
  const lines: string[] = [];
  observation.clients.forEach((client, n) => {
    for (const one of client.answers) {
      lines.push(`client ${n} < ${one.start}`, ...one.fields.map((field) => `  ${field}`));
      lines.push(
        `  (${one.framing}${one.truncated ? ", truncated" : ""}) ${JSON.stringify(one.body)}`,
      );
      lines.push(...one.trailers.map((field) => `  trailer ${field}`));
    }
    if (client.rest !== "") lines.push(`client ${n} < rest ${JSON.stringify(client.rest)}`);
    lines.push(`client ${n} ${client.fate}`);
  });
  for (const one of observation.origins) {
    lines.push(`${one.origin} > ${one.start}`);
    lines.push(...one.fields.map((field) => `  ${field}`));
    lines.push(`  (${one.framing}) ${JSON.stringify(one.body)}`);
    lines.push(...one.trailers.map((field) => `  trailer ${field}`));
  }
  // A thread of haproxy may log the second client's request before another logs the first's.
  lines.push(...observation.logs.map((line) => `log ${line}`).toSorted());
  return lines.join("\n");
}

/** What is wrong with what the gateway under test did; empty when nothing is. */
export function verdict(
  name: string,
  got: Observation,
  reference: Observation | undefined,
  own: Expectation | undefined,
): readonly string[] {
  const difference = newerBehaviour(name);
  if (difference !== undefined) {
    const misses = difference.anyOf.map((expected) => unmet(got, expected));
    return misses.some((list) => list.length === 0) ? [] : [...misses.flat(), describe(got)];
  }
  const missed = own === undefined ? [] : unmet(got, own);
  if (missed.length > 0) return [...missed, describe(got)];
  if (reference === undefined) return [];
  const [ours, theirs] = [describe(got), describe(reference)];
  if (ours === theirs || (mayRefuse(name) && refused(got))) return [];
  return changedLines(theirs.split("\n"), ours.split("\n"));
}

/** Nothing reached the other side, and the one who sent it was told so or cut off. */
function refused(observation: Observation): boolean {
  return summary(observation).every((text) => /^((400|502) )?(closed|kept)$/.test(text));
}

/** Lines of haproxy and of Sluice, with `-` for what the first did alone and `+` for the second. */
export function changedLines(a: readonly string[], b: readonly string[]): readonly string[] {
  if (JSON.stringify(a) === JSON.stringify(b)) return [];
  let head = 0;
  while (head < a.length && a[head] === b[head]) head++;
  let tail = 0;
  while (
    tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) tail++;
  const cut = (lines: readonly string[], sign: string): readonly string[] =>
    lines.slice(head, lines.length - tail).map((line) => `${sign} ${line}`);
  return [
    ...a.slice(Math.max(0, head - 2), head).map((line) => `  ${line}`),
    ...cut(a, "-"),
    ...cut(b, "+"),
  ];
}

/** What of an expectation does not hold; empty when all does. */
export function unmet(observation: Observation, expected: Expectation): readonly string[] {
  const found: string[] = [];
  const equal = (
    what: string,
    got: readonly string[],
    want: readonly string[] | undefined,
  ): void => {
    if (want === undefined || JSON.stringify(got) === JSON.stringify(want)) return;
    found.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(want)}`);
  };
  const contains = (what: string, got: readonly string[], want: readonly string[] = []): void => {
    for (const one of want) {
      if (!got.includes(one)) found.push(`${what}: no '${one}' in ${JSON.stringify(got)}`);
    }
  };
  const answers = observation.clients.flatMap((client) => client.answers);
  const final = answers.filter((one) => !/^HTTP\/1\.\d 1(?!01)/.test(one.start));
  equal("clients", summary(observation), expected.clients);
  equal("bodies", final.map((one) => one.body), expected.bodies);
  equal(
    "origins",
    observation.origins.map((one) => `${one.origin} ${one.start}`),
    expected.origins,
  );
  if (expected.logs !== undefined) {
    const ends = observation.logs.map((line, n) =>
      line.trimEnd().slice(-(expected.logs?.[n]?.length ?? 0))
    );
    equal("logs", ends, expected.logs);
  }
  contains("answer fields", answers.flatMap((one) => one.fields), expected.answerFields);
  const received = observation.origins.flatMap((one) => one.fields);
  contains("origin fields", received, expected.originFields);
  for (const name of expected.originWithout ?? []) {
    const there = received.find((field) => field.startsWith(`${name}:`));
    if (there !== undefined) found.push(`origin fields: '${there}' should not be there`);
  }
  return found;
}
