import { DefaultsResolver } from "./compile/defaults.ts";
import { GlobalDraft } from "./compile/global_draft.ts";
import { lintProxy, lintRoutes } from "./compile/lint.ts";
import { checkedProxies } from "./compile/naming.ts";
import { backendPlan } from "./compile/plan_backend.ts";
import { frontendPlan } from "./compile/plan_frontend.ts";
import { globalPlan } from "./compile/plan_global.ts";
import { proxyPlan } from "./compile/plan_proxy.ts";
import type { ProxyDraft } from "./compile/proxy_draft.ts";
import { checkDefaults, readProxy } from "./compile/read_proxy.ts";
import {
  checkSections,
  readErrorSection,
  readGlobal,
  readResolvers,
  readUserlist,
} from "./compile/sections.ts";
import { type CompileOptions, type Finding, Site } from "./compile/site.ts";
import { type StagedIds, stageProxies } from "./compile/staging.ts";
import type { DirectiveTree, Section } from "./directive.ts";
import type { BackendPlan } from "./backend_plan.ts";
import type { FrontendPlan } from "./frontend_plan.ts";
import type { Plan, ProxyPlan } from "./plan.ts";

export type { CompileOptions } from "./compile/site.ts";

/** A Plan, unless something in the configuration is wrong, and every finding about it. */
export interface CompiledPlan {
  readonly plan: Plan | undefined;
  /** In no order. */
  readonly findings: readonly Finding[];
}

const proxyKinds: ReadonlySet<string> = new Set(["frontend", "backend", "listen"]);

/**
 * Compiles sections and lines to a Plan. It never stops at the first error: all findings come back
 * together. Nothing of State changes until the caller commits.
 */
export function compilePlan(tree: DirectiveTree, options: CompileOptions): CompiledPlan {
  const site = new Site(options);
  const { sections } = tree;
  checkSections(site, sections);
  const of = (kind: string) => sections.filter((section) => section.kind === kind);
  const global = new GlobalDraft();
  for (const section of of("global")) readGlobal(site, section, global);
  site.bufferBytesMax = global.bufferBytes;
  for (const section of of("userlist")) readUserlist(site, section);
  for (const section of of("http-errors")) readErrorSection(site, section);
  for (const section of of("resolvers")) readResolvers(site, section);
  const proxies = sections.filter(({ kind }) => proxyKinds.has(kind));
  const sound = checkedProxies(site, proxies);
  const ids = stageProxies(site, sound);
  const drafts = readProxies(site, tree, new Set(sound));
  if (!tree.complete) return { plan: undefined, findings: site.findings };
  const { frontends, backends } = planProxies(site, drafts, ids, global);
  lintRoutes(site, [...drafts.values()], backends);
  const plan: Plan = {
    global: globalPlan(site, global),
    frontends,
    backends,
    userlists: site.userlists,
    resolvers: site.resolvers,
    files: options.files,
    namedFiles: [...site.namedFiles],
  };
  return { plan: site.failed ? undefined : plan, findings: site.findings };
}

/** In the order of the files, because defaults apply to what stands below them. */
function readProxies(
  site: Site,
  { sections, complete }: DirectiveTree,
  sound: ReadonlySet<Section>,
): Map<Section, ProxyDraft> {
  const drafts = new Map<Section, ProxyDraft>();
  const defaults = new DefaultsResolver(site);
  for (const section of sections) {
    if (section.kind === "defaults") {
      defaults.add(section);
      checkDefaults(site, section);
    } else if (sound.has(section)) {
      const draft = readProxy(site, section, defaults.linesFor(section));
      if (complete) lintProxy(site, draft);
      drafts.set(section, draft);
    }
  }
  if (complete) defaults.reportUnused();
  return drafts;
}

/** Backends first: frontends refer to them. */
function planProxies(
  site: Site,
  drafts: ReadonlyMap<Section, ProxyDraft>,
  ids: StagedIds,
  global: GlobalDraft,
): { frontends: FrontendPlan[]; backends: Map<string, BackendPlan> } {
  const common = new Map<ProxyDraft, ProxyPlan>();
  const backends = new Map<string, BackendPlan>();
  for (const [section, draft] of drafts) {
    const plan = proxyPlan(draft, ids.proxies.get(section)!, global);
    common.set(draft, plan);
    if (!draft.isBackend) continue;
    backends.set(draft.name, backendPlan(site, draft, plan, ids.servers.get(section)!, global));
  }
  const frontends = [...drafts.values()].filter((draft) => draft.isFrontend)
    .map((draft) => frontendPlan(site, draft, common.get(draft)!, backends));
  return { frontends, backends };
}
