import type { FrontendApp } from "./frontend_app.ts";
import type { Stream } from "./stream.ts";

/**
 * The name of the stream's backend: that of the first `use_backend` whose condition holds, else of
 * `default_backend`; undefined where the frontend has none.
 */
export function chosenBackend(stream: Stream, app: FrontendApp): string | undefined {
  const { frontendPlan, plan } = stream;
  const index = app.firstSwitch(stream);
  if (index >= 0) {
    const rule = frontendPlan.switching[index]!;
    stream.decidedBy = rule.at.file + ":" + rule.at.line;
    const { target } = rule;
    if (!("render" in target)) return target.name;
    const rendered = target.render(stream);
    if (plan.backends.has(rendered)) return rendered;
  }
  return frontendPlan.defaultBackend?.name;
}
