import type { BackendPlan, SwitchRule } from "../config/plan.ts";
import type { Verdicts } from "./verdicts.ts";

/**
 * The first `use_backend` that holds, else the default backend; undefined where there is neither.
 * A name that a format gives and that nobody has falls back to the default.
 */
export function chooseBackend(verdicts: Verdicts): BackendPlan | undefined {
  const { tx, trail } = verdicts;
  const frontend = tx.frontendPlan;
  let chosen: SwitchRule | undefined;
  for (const rule of frontend.switching) {
    const { text } = rule;
    const at = `${rule.at.file}:${rule.at.line}`;
    const line = { kind: "use_backend", proxy: frontend.name, at, text } as const;
    if (chosen) {
      trail.choice(line, undefined, "not reached");
      continue;
    }
    const trace = rule.condition?.explain(tx);
    const holds = trace === undefined || trace.holds;
    trail.choice(line, trace, holds ? "chosen" : "skipped");
    if (!holds) continue;
    chosen = rule;
    tx.decidedBy = at;
  }
  return (chosen && targetOf(verdicts, chosen)) ?? defaultBackend(verdicts, chosen);
}

function targetOf({ plan, tx, trail }: Verdicts, { target }: SwitchRule): BackendPlan | undefined {
  if (!("render" in target)) return target;
  const name = target.render(tx);
  const backend = plan.backends.get(name);
  if (!backend) trail.note(tx.frontendPlan, `there is no backend '${name}'`);
  return backend;
}

function defaultBackend(
  { tx, trail }: Verdicts,
  chosen: SwitchRule | undefined,
): BackendPlan | undefined {
  const { defaultBackend: backend, defaultBackendAt } = tx.frontendPlan;
  if (!backend) return undefined;
  const at = defaultBackendAt ?? tx.frontendPlan.at;
  const place = `${at.file}:${at.line}`;
  trail.note(tx.frontendPlan, `default_backend ${backend.name}`, place);
  // The live gateway names the rule whose format gave no backend.
  if (!chosen) tx.decidedBy = place;
  return backend;
}
