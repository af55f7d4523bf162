import { existsSync } from "node:fs";
import type { Diagnostic } from "../../config/diagnostic.ts";
import type { DiagnosticCode } from "../../config/diagnostic_code.ts";
import type { Plan } from "../../config/plan.ts";

/** Files of `module` lines that are not there; the others are judged when they are loaded. */
export function missingModules({ frontends }: Plan): Diagnostic[] {
  const missing = frontends.flatMap(({ modules }) =>
    modules.filter(({ path }) => !existsSync(path))
  );
  return missing.map(({ path, at }) => {
    const message = `module '${path}' can't be loaded: there is no such file`;
    return { severity: "error", code: "missing-module" satisfies DiagnosticCode, at, message };
  });
}
