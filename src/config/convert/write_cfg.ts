import { beside, type Outline, type OutlineLine } from "./outline.ts";

const indentation = "    ";

/** Writes an outline as haproxy.cfg. */
export function writeCfg({ lines, below }: Outline): string {
  const written: string[] = [];
  for (const line of lines) {
    const above = apart(line, written) ? ["", ...line.above] : line.above;
    const indent = line.kind === "line" ? indentation : "";
    for (const trivia of above) written.push(trivia && indent + trivia);
    written.push(indent + line.words.join(" ") + beside(line.comment));
  }
  return [...written, ...below].map((line) => `${line}\n`).join("");
}

/** Sections stand apart, whether or not they did. */
function apart(line: OutlineLine, written: readonly string[]): boolean {
  return line.kind === "section" && written.length > 0 && !line.above.includes("") &&
    !written.at(-1)!.startsWith(".") && written.at(-1) !== "";
}
