import type { Position } from "../diagnostic.ts";
import type { ServerFacts } from "../../lang/context.ts";
import type { Directive, Section, Word } from "../directive.ts";
import { Identities } from "./identities.ts";
import { serverNames } from "./server_names.ts";
import type { Site } from "./site.ts";

/** HAProxy counts proxies from 2: its own first one is not seen. */
const firstProxyId = 2;

/** Numeric identities of proxies and of each backend's servers, by section and server name. */
export interface StagedIds {
  readonly proxies: ReadonlyMap<Section, number>;
  readonly servers: ReadonlyMap<Section, ReadonlyMap<string, number>>;
}

/**
 * Makes the State of every proxy and server before any line is compiled, because expressions may
 * name what is declared after them (`nbsrv(later)`).
 */
export function stageProxies(site: Site, sections: readonly Section[]): StagedIds {
  const proxies = proxyIds(site, sections);
  const servers = new Map<Section, ReadonlyMap<string, number>>();
  const { staged } = site.options;
  for (const section of sections) {
    const id = proxies.get(section)!;
    if (section.kind !== "backend") {
      site.frontends.set(section.name, staged.frontend(section.name, id, 0));
    }
    if (section.kind === "frontend") continue;
    site.backends.set(section.name, staged.backend(section.name, id));
    servers.set(section, stageServers(site, section));
  }
  return { proxies, servers };
}

function proxyIds(site: Site, sections: readonly Section[]): ReadonlyMap<Section, number> {
  const identities = new Identities(firstProxyId);
  const named = new Map<Section, number>();
  for (const section of sections) {
    const line = section.directives.findLast(({ words }) => words[0]!.text === "id");
    const id = positive(line?.words[1]);
    if (id === undefined) continue;
    const owner = identities.reserve(id, section);
    if (!owner) named.set(section, id);
    else {
      const { kind, name, at } = owner as Section;
      const described = `${section.kind} ${section.name} reuses same custom id as ${kind} ${name}`;
      reportTaken(site, line!.words[1]!.at, described, at);
    }
  }
  return new Map(sections.map((section) => {
    return [section, identities.assign(named.get(section))];
  }));
}

function stageServers(site: Site, section: Section): ReadonlyMap<string, number> {
  const lines = section.directives.filter(({ words }) => serverNames(words).length > 0);
  const ids = serverIds(site, lines);
  const facts = new Map<string, ServerFacts>();
  for (const [name, id] of ids) {
    facts.set(name, site.options.staged.server(section.name, name, id));
  }
  site.servers.set(section.name, facts);
  return ids;
}

function serverIds(site: Site, lines: readonly Directive[]): Map<string, number> {
  const identities = new Identities(1);
  const named = new Map<Directive, number>();
  for (const line of lines) {
    const id = givenId(line);
    if (id === undefined) continue;
    const owner = identities.reserve(id, line);
    if (!owner) named.set(line, id);
    else {
      const { words, at } = owner as Directive;
      const described = `server '${line.words[1]!.text}' reuses same custom id as server ` +
        `'${words[1]!.text}'`;
      reportTaken(site, line.at, described, at);
    }
  }
  const ids = new Map<string, number>();
  for (const line of lines) {
    for (const [i, name] of serverNames(line.words).entries()) {
      if (!ids.has(name)) ids.set(name, identities.assign(i === 0 ? named.get(line) : undefined));
    }
  }
  return ids;
}

function reportTaken(site: Site, at: Position, described: string, owner: Position): void {
  site.report({
    severity: "error",
    code: "duplicate-id",
    at,
    message: `${described} (declared at ${owner.file}:${owner.line})`,
  });
}

function givenId(line: Directive): number | undefined {
  const index = line.words.findIndex((word, i) => i > 2 && word.text === "id");
  return index < 0 ? undefined : positive(line.words[index + 1]);
}

function positive(word: Word | undefined): number | undefined {
  const id = Number(word?.text);
  return Number.isInteger(id) && id > 0 ? id : undefined;
}
