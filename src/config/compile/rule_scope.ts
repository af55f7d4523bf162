import type { AclSet } from "../../lang/acl_set.ts";
import type { BackendFacts, FrontendFacts, ServerFacts } from "../../lang/context.ts";
import type { Resolver } from "../../dns/resolver.ts";
import type { PatternStore } from "../../lang/pattern/store.ts";
import { LangError, type Phase, type UserlistFacts } from "../../lang/spec.ts";
import type { BandwidthFilter } from "../../rules/bandwidth.ts";
import type { RuleScope, RuleSetName } from "../../rules/spec.ts";
import type { Reply } from "../../rules/transaction.ts";
import type { Line } from "./line.ts";
import type { ProxyDraft, ProxyKind } from "./proxy_draft.ts";
import type { Site } from "./site.ts";

/** What an expression, condition, format or action on one line of a proxy is compiled in. */
export class LineScope implements RuleScope {
  readonly where: string;
  readonly proxyName: string;
  readonly proxyKind: ProxyKind;
  readonly acls: AclSet;
  readonly patterns: PatternStore;
  readonly #site: Site;

  constructor(
    readonly line: Line,
    readonly draft: ProxyDraft,
    readonly phase: Phase,
    readonly ruleSet: RuleSetName = "http-request",
    readonly otherPhase?: Phase,
  ) {
    this.#site = line.site;
    this.where = `${line.at.file}:${line.at.line}`;
    this.proxyName = draft.name;
    this.proxyKind = draft.kind;
    this.acls = draft.acls;
    this.patterns = this.#site.options.staged.patterns;
  }

  frontend(name: string | undefined): FrontendFacts | undefined {
    if (name === undefined && !this.draft.isFrontend) return undefined;
    return this.#site.frontends.get(name ?? this.proxyName);
  }

  backend(name: string | undefined): BackendFacts | undefined {
    if (name === undefined && !this.draft.isBackend) return undefined;
    return this.#site.backends.get(name ?? this.proxyName);
  }

  server(backend: string | undefined, name: string): ServerFacts | undefined {
    return this.#site.servers.get(backend ?? this.proxyName)?.get(name);
  }

  userlist(name: string): UserlistFacts | undefined {
    return this.#site.userlists.get(name);
  }

  get bufferBytesMax(): number {
    return this.#site.bufferBytesMax;
  }

  env(name: string): string | undefined {
    return this.#site.options.environment.get(name);
  }

  warn(text: string, code: "expression" | "operator-ne" = "expression"): void {
    this.line.warn(code, text);
  }

  switchesToHttp(): void {
    this.draft.switchesToHttp = true;
  }

  bandwidthFilter(name: string): () => BandwidthFilter {
    const { filters, references } = this.draft.bandwidth;
    references.push({ name, at: this.line.at });
    return () => filters.get(name)!;
  }

  readsRawBytes(fetch: string | undefined): void {
    this.draft.rawReaders.push({ fetch, at: this.line.at });
  }

  readFile(path: string): string {
    return this.#site.readFile(path, this.line.at);
  }

  declareCapture(direction: "request" | "response", length: number): number {
    const slots = this.#captures(direction);
    return slots.push({ header: undefined, length }) - 1;
  }

  captureSlot(direction: "request" | "response", id: number): { length: number } | undefined {
    return this.#captures(direction)[id];
  }

  errorPage(status: number): Reply {
    return this.draft.errorPages.get(status);
  }

  errorPageOf(section: string, status: number): Reply | undefined {
    const pages = this.#site.errorSections.get(section);
    if (!pages) throw new LangError(`unknown http-errors section '${section}'`, section);
    return pages.own(status);
  }

  resolver(name: string): Resolver | undefined {
    return this.#site.resolver(name, this.line.at);
  }

  #captures(direction: "request" | "response") {
    return direction === "request" ? this.draft.requestCaptures : this.draft.responseCaptures;
  }
}

/** Whether its rules see what a backend's see, as those of a `listen` do. */
export function isProxyBackend(draft: ProxyDraft): boolean {
  return draft.isBackend && draft.kind !== "defaults";
}

/** Where a rule set of a proxy runs. */
export function requestPhase(draft: ProxyDraft): Phase {
  return isProxyBackend(draft) ? "be_http_req_hdr" : "fe_http_req_hdr";
}

export function responsePhase(draft: ProxyDraft): Phase {
  return isProxyBackend(draft) ? "be_http_res_hdr" : "fe_http_res_hdr";
}
