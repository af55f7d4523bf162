import type { CommandSpec } from "./command_spec.ts";

const syntaxColumns = 40;
/** As many near misses as HAProxy shows. */
const matchesMax = 5;

/** These stand last, whatever else is shown. */
const always = [
  ["help [<command>]", "list matching or all commands"],
  ["prompt", "toggle interactive mode with prompt"],
  ["quit", "disconnect"],
] as const;

/**
 * What `help` and an unknown command are answered: the commands that begin with the same words, or
 * those that look most like them.
 */
export function helpText(commands: readonly CommandSpec[], given: readonly string[]): string {
  const isHelp = given[0] === "help";
  const words = isHelp ? given.slice(1) : given;
  const shown = commands.filter((command) => !command.hidden && !isAlwaysShown(command));
  const length = Math.max(0, ...shown.map(({ name }) => commonWords(name.split(" "), words)));
  const begun = shown.filter(({ name }) => commonWords(name.split(" "), words) === length);
  const near = words.length > length ? nearestCommands(begun, words.slice(length), length) : [];
  const rows = (near.length > 0 ? near : begun)
    .map(({ syntax, doc }): readonly [string, string] => [syntax, doc])
    .sort(([a], [b]) => a < b ? -1 : 1);
  return headline(isHelp, words) +
    [...rows, ...always].map(([syntax, doc]) => `  ${syntax.padEnd(syntaxColumns)}: ${doc}\n`)
      .join("");
}

function isAlwaysShown({ syntax }: CommandSpec): boolean {
  return always.some(([other]) => other === syntax);
}

function headline(isHelp: boolean, words: readonly string[]): string {
  if (isHelp) return "The following commands are valid at this level:\n";
  return words.length === 0
    ? "Unknown command. Please enter one of the following commands only:\n"
    : "Unknown command, but maybe one of the following ones is a better match:\n";
}

function commonWords(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && a[count] === b[count]) count++;
  return count;
}

/** Those whose words behind the common ones have mostly the same pairs of letters. */
function nearestCommands(
  commands: readonly CommandSpec[],
  words: readonly string[],
  common: number,
): CommandSpec[] {
  const wanted = letterPairs(words);
  const letters = words.join("").length;
  const ranked = commands.map((command) => {
    const rest = command.name.split(" ").slice(common);
    const distance = pairDistance(wanted, letterPairs(rest));
    return { command, distance, limit: 5 * (letters + rest.join("").length) / 2 };
  }).filter(({ distance, limit }) => distance < limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, matchesMax);
  return ranked.filter(({ distance }) => distance <= 5 * ranked[0]!.distance / 2)
    .map(({ command }) => command);
}

/** How often one letter follows another; digits are alike, and so is all the rest. */
function letterPairs(words: readonly string[]): Map<string, number> {
  const pairs = new Map<string, number>();
  const count = (pair: string) => pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  for (const word of words) {
    const letters = word.toLowerCase().replaceAll(/[0-9]/g, "0").replaceAll(/[^a-z0]/g, "-");
    for (const letter of new Set(letters)) pairs.set(letter, 1);
    const framed = `-${letters}-`;
    for (let at = 0; at + 1 < framed.length; at++) count(framed.slice(at, at + 2));
  }
  return pairs;
}

function pairDistance(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let distance = 0;
  for (const pair of new Set([...a.keys(), ...b.keys()])) {
    distance += ((a.get(pair) ?? 0) - (b.get(pair) ?? 0)) ** 2;
  }
  return distance;
}
