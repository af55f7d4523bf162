import type { Directive, Section } from "../directive.ts";
import { proxyTable } from "../keyword/catalog.ts";
import { backendSections, frontendSections, type KeywordSpec } from "../keyword/spec.ts";
import { applyLine } from "./apply_line.ts";
import { warnUnusedAcls } from "./lint.ts";
import type { Line } from "./line.ts";
import { ProxyDraft, type ProxyKind } from "./proxy_draft.ts";
import type { Site } from "./site.ts";

/** Reads a proxy: the lines of its defaults first, then its own. */
export function readProxy(
  site: Site,
  section: Section,
  inherited: readonly Directive[] | undefined,
): ProxyDraft {
  const draft = new ProxyDraft(section.kind as ProxyKind, section.name, section.at);
  draft.incomplete = inherited === undefined;
  for (const directive of inherited ?? []) {
    // What does not concern this kind of proxy was checked with the defaults section itself.
    applyLine(
      site,
      directive,
      "defaults",
      proxyTable,
      draft,
      (spec) => spec.sections.some((kind) => kind === section.kind) ? "apply" : "skip",
    );
  }
  draft.endInheritance();
  for (const directive of section.directives) {
    applyLine(
      site,
      directive,
      draft.kind,
      proxyTable,
      draft,
      (spec, line) => admit(draft, spec, line),
    );
  }
  // The mode may stand in the defaults that are not there: nothing else is to blame for it.
  draft.mode ??= draft.incomplete ? "http" : "tcp";
  return draft;
}

/** Checks a defaults section on its own, whether or not a proxy inherits from it. */
export function checkDefaults(site: Site, section: Section): void {
  const draft = new ProxyDraft("defaults", section.name, section.at);
  for (const directive of section.directives) {
    applyLine(
      site,
      directive,
      "defaults",
      proxyTable,
      draft,
      (spec, line) => admit(draft, spec, line),
    );
  }
  warnUnusedAcls(site, draft);
}

function admit(draft: ProxyDraft, spec: KeywordSpec<ProxyDraft>, line: Line): "apply" | "skip" {
  if (draft.kind === "defaults") return admitDefault(draft, spec, line);
  if (spec.refused || spec.sections.includes(draft.kind)) return "apply";
  const allows = (kinds: readonly string[]) => spec.sections.some((kind) => kinds.includes(kind));
  const frontendOnly = allows(frontendSections.slice(1)) && !spec.sections.includes("backend");
  const backendOnly = allows(backendSections.slice(1)) && !spec.sections.includes("frontend");
  const missing = frontendOnly ? "frontend" : backendOnly ? "backend" : undefined;
  if (missing === undefined) return "apply";
  if (spec.misplaced) {
    const proxy = { kind: draft.kindText, name: draft.name };
    throw line.error("wrong-section", spec.misplaced(proxy));
  }
  const instead = spec.name === "maxconn"
    ? ". Maybe you want 'fullconn' instead ?"
    : spec.name === "fullconn"
    ? ". Maybe you want 'maxconn' instead ?"
    : "";
  line.warn(
    "wrong-section",
    `'${spec.name}' ignored because ${draft.kindText} '${draft.name}' has no ${missing} ` +
      `capability${instead}`,
  );
  return "skip";
}

function admitDefault(
  draft: ProxyDraft,
  spec: KeywordSpec<ProxyDraft>,
  line: Line,
): "apply" | "skip" {
  if (!spec.sections.includes("defaults")) {
    const message = `'${spec.name}' not allowed in 'defaults' section`;
    throw line.error("wrong-section", message);
  }
  if (spec.namedDefaults && draft.name === "") {
    const message = `'${spec.name}' not allowed in anonymous 'defaults' section`;
    throw line.error("wrong-section", message);
  }
  return "apply";
}
