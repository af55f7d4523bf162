import type { Section } from "../directive.ts";
import type { Site } from "./site.ts";

/** Checks the names of sections; what has a bad or a taken name is left out. */
export function checkedProxies(site: Site, sections: readonly Section[]): Section[] {
  const frontends = new Map<string, Section>();
  const backends = new Map<string, Section>();
  return sections.filter((section) => {
    if (!hasSoundName(site, section)) return false;
    const sides = [
      ...(section.kind === "backend" ? [] : [frontends]),
      ...(section.kind === "frontend" ? [] : [backends]),
    ];
    const first = sides.map((side) => side.get(section.name)).find((known) => known);
    if (first) {
      const kind = section.kind === "listen" ? "proxy" : section.kind;
      const firstKind = first.kind === "listen" ? "proxy" : first.kind;
      site.report({
        severity: "error",
        code: "duplicate-name",
        at: section.at,
        message: `${kind} '${section.name}' has the same name as ${firstKind} '${first.name}' ` +
          `declared at ${first.at.file}:${first.at.line}`,
      });
      return false;
    }
    for (const side of sides) side.set(section.name, section);
    return true;
  });
}

/** Letters, digits and `.`, `:`, `_`, `-`. */
export function hasSoundName(site: Site, section: Section): boolean {
  const { kind, name, at } = section;
  const forbidden = /[^A-Za-z0-9.:_-]/.exec(name)?.[0];
  if (name !== "" && forbidden === undefined) return true;
  site.report({
    severity: "error",
    code: "bad-name",
    at,
    message: name === ""
      ? `'${kind}' expects an <id> argument`
      : `character '${forbidden}' is not permitted in '${kind}' name '${name}'`,
  });
  return false;
}
