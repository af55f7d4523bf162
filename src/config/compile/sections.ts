import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import { UserlistBuilder } from "../../rules/userlist.ts";
import type { Section } from "../directive.ts";
import { globalTable, httpErrorsTable, resolversTable, userlistTable } from "../keyword/catalog.ts";
import { unsupportedSections } from "../section.ts";
import { applyLine } from "./apply_line.ts";
import type { GlobalDraft } from "./global_draft.ts";
import { hasSoundName } from "./naming.ts";
import { ProxyDraft } from "./proxy_draft.ts";
import { ResolversDraft } from "./resolvers_draft.ts";
import type { Site } from "./site.ts";

/** Refuses sections that HAProxy has and Sluice does not. */
export function checkSections(site: Site, sections: readonly Section[]): void {
  for (const { kind, at } of sections) {
    const why = unsupportedSections.get(kind);
    if (why === undefined) continue;
    const message = unsupported(`section '${kind}'`, why);
    site.report({ severity: "error", code: "unsupported", at, message });
  }
}

/** Several `global` sections add up. */
export function readGlobal(site: Site, section: Section, draft: GlobalDraft): void {
  for (const directive of section.directives) {
    applyLine(site, directive, "global", globalTable, draft);
  }
}

export function readUserlist(site: Site, section: Section): void {
  if (!hasSoundName(site, section)) return;
  if (site.userlists.has(section.name)) {
    const message = `ignoring duplicate userlist '${section.name}'`;
    site.report({ severity: "warning", code: "duplicate-name", at: section.at, message });
    return;
  }
  let at = section.at;
  const warn = (message: string) =>
    site.report({ severity: "warning", code: "userlist", at, message });
  const builder = new UserlistBuilder(section.name, warn);
  for (const directive of section.directives) {
    at = directive.at;
    applyLine(site, directive, "userlist", userlistTable, builder);
  }
  try {
    site.userlists.set(section.name, builder.build());
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    const { message, suggestion: hint, word } = error;
    const words = section.directives.flatMap((directive) => directive.words);
    const place = words.find(({ text }) => text.split(",").includes(word ?? ""))?.at ?? section.at;
    site.report({ severity: "error", code: "bad-userlist", at: place, message, hint });
  }
}

export function readErrorSection(site: Site, section: Section): void {
  if (!hasSoundName(site, section)) return;
  const draft = new ProxyDraft("defaults", section.name, section.at);
  for (const directive of section.directives) {
    applyLine(site, directive, "http-errors", httpErrorsTable, draft);
  }
  if (!site.errorSections.has(section.name)) {
    site.errorSections.set(section.name, draft.errorPages);
    return;
  }
  const message = `http-errors section '${section.name}' is already defined`;
  site.report({ severity: "error", code: "duplicate-name", at: section.at, message });
}

export function readResolvers(site: Site, section: Section): void {
  if (!hasSoundName(site, section)) return;
  const { name, at } = section;
  const first = site.resolvers.get(name);
  if (first) {
    const message = `resolvers '${name}' has same name as another resolvers (declared at ` +
      `${first.at.file}:${first.at.line})`;
    site.report({ severity: "error", code: "duplicate-name", at, message });
    return;
  }
  const draft = new ResolversDraft(name);
  for (const directive of section.directives) {
    applyLine(site, directive, "resolvers", resolversTable, draft);
  }
  if (draft.settings.nameServers.length === 0) {
    const message = `resolvers '${name}' has no nameservers configured!`;
    site.report({ severity: "warning", code: "no-nameserver", at, message });
  }
  const { staged } = site.options;
  site.resolvers.set(name, { at, resolver: staged.resolver(name), settings: draft.settings });
}
