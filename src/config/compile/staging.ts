import type { Position } from "../diagnostic.ts";
import type { Directive, Section } from "../directive.ts";
import type { Site } from "./site.ts";

/** Numeric identities: given ones, then the free numbers in the order of declaration. */
export class Identities {
  readonly #taken = new Map<number, { readonly name: string; readonly at: Position }>();
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  /** Reserves a given number; returns its owner when it is taken. */
  claim(id: number, name: string, at: Position): { name: string; at: Position } | undefined {
    const owner = this.#taken.get(id);
    if (!owner) this.#taken.set(id, { name, at });
    return owner;
  }

  free(): number {
    while (this.#taken.has(this.#next)) this.#next++;
    return this.#next++;
  }
}

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
  const proxies = new Map<Section, number>();
  const servers = new Map<Section, ReadonlyMap<string, number>>();
  const identities = new Identities(firstProxyId);
  claimProxyIds(site, sections, identities, proxies);
  for (const section of sections) {
    const id = proxies.get(section) ?? identities.free();
    proxies.set(section, id);
    const { staged } = site.options;
    if (section.kind !== "backend") {
      site.frontends.set(section.name, staged.frontend(section.name, id, 0));
    }
    if (section.kind === "frontend") continue;
    site.backends.set(section.name, staged.backend(section.name, id));
    servers.set(section, stageServers(site, section));
  }
  return { proxies, servers };
}

function claimProxyIds(
  site: Site,
  sections: readonly Section[],
  identities: Identities,
  proxies: Map<Section, number>,
): void {
  for (const section of sections) {
    for (const directive of section.directives) {
      const [keyword, value] = directive.words;
      const id = Number(value?.text);
      if (keyword!.text !== "id" || !Number.isInteger(id) || id < 1) continue;
      const described = `${section.kind} ${section.name}`;
      const owner = identities.claim(id, described, section.at);
      if (!owner) proxies.set(section, id);
      else {
        site.report({
          severity: "error",
          code: "duplicate-id",
          at: value!.at,
          message: `${described} reuses same custom id as ${owner.name} ` +
            `(declared at ${owner.at.file}:${owner.at.line})`,
        });
      }
    }
  }
}

function stageServers(site: Site, section: Section): ReadonlyMap<string, number> {
  const lines = section.directives.filter(({ words }) => words[0]!.text === "server" && words[1]);
  const identities = new Identities(1);
  const ids = new Map<string, number>();
  for (const line of lines) {
    const given = givenId(line);
    const name = line.words[1]!.text;
    if (given === undefined) continue;
    const owner = identities.claim(given, name, line.at);
    if (!owner) ids.set(name, given);
    else {
      site.report({
        severity: "error",
        code: "duplicate-id",
        at: line.at,
        message: `server '${name}' reuses same custom id as server '${owner.name}' ` +
          `(declared at ${owner.at.file}:${owner.at.line})`,
      });
    }
  }
  const facts = new Map();
  for (const line of lines) {
    const name = line.words[1]!.text;
    if (facts.has(name)) continue;
    const id = ids.get(name) ?? identities.free();
    ids.set(name, id);
    facts.set(name, site.options.staged.server(section.name, name, id));
  }
  site.servers.set(section.name, facts);
  return ids;
}

function givenId(line: Directive): number | undefined {
  const index = line.words.findIndex((word, i) => i > 2 && word.text === "id");
  const id = index < 0 ? 0 : Number(line.words[index + 1]?.text);
  return Number.isInteger(id) && id > 0 ? id : undefined;
}
