import type { BackendPlan } from "../config/backend_plan.ts";
import type { SwitchRule } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { OfflineTransaction } from "./offline_transaction.ts";
import type { Trail } from "./trail.ts";

/** Asks the `use_backend` lines in turn and says what each one saw; the first that holds. */
export function traceSwitch(tx: OfflineTransaction, trail: Trail): SwitchRule | undefined {
  const frontend = tx.frontendPlan;
  let chosen: SwitchRule | undefined;
  for (const rule of frontend.switching) {
    const { text } = rule;
    const line = { kind: "use_backend", proxy: frontend.name, at: placeOf(rule), text } as const;
    if (chosen) {
      trail.choice(line, undefined, "not reached");
      continue;
    }
    const trace = rule.condition?.explain(tx);
    const holds = trace === undefined || trace.holds;
    trail.choice(line, trace, holds ? "chosen" : "skipped");
    if (holds) chosen = rule;
  }
  return chosen;
}

/**
 * The backend of the `use_backend` that holds, else the default one; undefined where there is
 * neither. A name that a format gives and that nobody has falls back to the default.
 */
export function backendOf(
  plan: Plan,
  tx: OfflineTransaction,
  chosen: SwitchRule | undefined,
  note: (text: string, at?: string) => void,
): BackendPlan | undefined {
  if (chosen) {
    tx.decidedBy = placeOf(chosen);
    const { target } = chosen;
    if (!("render" in target)) return target;
    const name = target.render(tx);
    const backend = plan.backends.get(name);
    if (backend) return backend;
    note(`there is no backend '${name}'`);
  }
  const { defaultBackend, defaultBackendAt, at } = tx.frontendPlan;
  if (!defaultBackend) return undefined;
  const place = placeOf({ at: defaultBackendAt ?? at });
  note(`default_backend ${defaultBackend.name}`, place);
  if (!chosen) tx.decidedBy = place;
  return defaultBackend;
}

function placeOf({ at }: Pick<SwitchRule, "at">): string {
  return `${at.file}:${at.line}`;
}
