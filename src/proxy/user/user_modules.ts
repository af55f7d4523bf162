import { pathToFileURL } from "node:url";
import type { FrontendPlan, ModulePlan } from "../../config/frontend_plan.ts";
import type { UserModule } from "../frontend_app.ts";
import { offerModules } from "./offered_modules.ts";

/** A file that a `module` line names could not be used; `at` is that line. */
export class ModuleError extends Error {
  override name = "ModuleError";
  constructor(readonly plan: ModulePlan, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

let loads = 0;
/** What tells one load of a file from the next; nobody who reads a message knows it. */
const loadQuery = /\?load=[0-9]+/g;

/** Loads the files of a frontend's `module` lines, in order; throws {@link ModuleError}. */
export async function loadModules(frontend: FrontendPlan): Promise<UserModule[]> {
  const modules: UserModule[] = [];
  for (const plan of frontend.modules) {
    modules.push({ mount: plan.mount, handler: await load(plan) });
  }
  return modules;
}

async function load(plan: ModulePlan): Promise<UserModule["handler"]> {
  await offerModules();
  let exports: unknown;
  try {
    // A query of its own makes the runtime read a changed file again.
    exports = await import(`${specifierOf(plan.path)}?load=${++loads}`);
  } catch (error) {
    throw new ModuleError(plan, `module '${plan.path}' can't be loaded: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const given = exports as { default?: unknown; fetch?: unknown };
  for (const candidate of [given.default, given]) {
    if (isHandler(candidate)) return candidate;
  }
  throw new ModuleError(
    plan,
    `module '${plan.path}' exports neither a Hono app nor an object with a 'fetch' function`,
  );
}

/** Bun reads a file again only for a path with a new query; for a URL it forgets the query. */
function specifierOf(path: string): string {
  return typeof Bun === "undefined" ? pathToFileURL(path).href : path;
}

function isHandler(value: unknown): value is UserModule["handler"] {
  return typeof value === "object" && value !== null && "fetch" in value &&
    typeof value.fetch === "function";
}

/** Bun's name and place of an error in a module's text, or of an import that leads nowhere. */
interface ModuleFault {
  readonly message: string;
  readonly position?: { readonly file: string; readonly line: number; readonly column: number };
  readonly specifier?: string;
}

function messageOf(error: unknown): string {
  const faults = error instanceof AggregateError ? error.errors : [error];
  return faults.map(faultText).join("; ");
}

function faultText(error: unknown): string {
  if (typeof error !== "object" || error === null || !("message" in error)) return String(error);
  const { message, position, specifier } = error as ModuleFault;
  const text = message.replaceAll(loadQuery, "");
  if (position) return `${position.file}:${position.line}:${position.column}: ${text}`;
  // Bun names the package only, where it is a path within it that does not exist.
  const named = specifier === undefined || message.includes(`'${specifier}'`);
  return named ? text : `import of '${specifier}': ${text}`;
}
