/** A configuration section in HAProxy's words: `backend www` and its lines. */
export interface SectionLines {
  readonly header: string;
  readonly lines: readonly string[];
}

/** A configuration as text, with the index of the section that each line (from 1) belongs to. */
export interface Rendered {
  readonly text: string;
  readonly sectionOfLine: readonly (number | undefined)[];
}

class Page {
  readonly #lines: string[] = [];
  readonly #sections: (number | undefined)[] = [undefined];

  add(line: string, section: number | undefined): void {
    this.#lines.push(line);
    this.#sections.push(section);
  }

  done(): Rendered {
    return { text: `${this.#lines.join("\n")}\n`, sectionOfLine: this.#sections };
  }
}

/** Writes sections as haproxy.cfg. */
export function renderHaproxyCfg(sections: readonly SectionLines[]): Rendered {
  const page = new Page();
  sections.forEach((section, index) => {
    page.add(section.header, index);
    for (const line of section.lines) page.add(`    ${line}`, index);
  });
  return page.done();
}

/** A raw line as a YAML scalar: single quotes leave every character as it is. */
function scalar(line: string): string {
  return `'${line.replaceAll("'", "''")}'`;
}

/** Writes sections as sluice.yaml, each a list of raw lines, those of one kind together. */
export function renderYaml(sections: readonly SectionLines[]): Rendered {
  const page = new Page();
  const kinds = new Map<string, number[]>();
  sections.forEach((section, index) => {
    const kind = section.header.split(" ")[0] ?? "";
    kinds.set(kind, [...(kinds.get(kind) ?? []), index]);
  });
  for (const [kind, members] of kinds) {
    page.add(`${kind}:`, undefined);
    for (const index of members) {
      const section = sections[index];
      if (section === undefined) continue;
      const name = section.header.split(" ")[1];
      if (name !== undefined) page.add(`  ${name}:`, index);
      const indent = name === undefined ? "  " : "    ";
      for (const line of section.lines) page.add(`${indent}- ${scalar(line)}`, index);
    }
  }
  return page.done();
}
