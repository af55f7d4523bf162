import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";

/** The two sides of a proxy; a `listen` section has both. */
export interface DeclaredProxy {
  readonly name: string;
  readonly frontend: FrontendPlan | undefined;
  readonly backend: BackendPlan | undefined;
}

/** The proxies of a Plan in the order of its files. */
export function declaredProxies(plan: Plan): DeclaredProxy[] {
  const { frontends, backends, files } = plan;
  const listens = new Set(frontends.map(({ name }) => name));
  const all = [
    ...frontends.map((frontend) => ({
      name: frontend.name,
      at: frontend.at,
      frontend,
      backend: backends.get(frontend.name),
    })),
    ...[...backends.values()].filter(({ name }) => !listens.has(name)).map((backend) => ({
      name: backend.name,
      at: backend.at,
      frontend: undefined,
      backend,
    })),
  ];
  return all.sort((a, b) =>
    files.indexOf(a.at.file) - files.indexOf(b.at.file) || a.at.line - b.at.line
  );
}
