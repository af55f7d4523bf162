import type { Case } from "../case.ts";
import { cors, security } from "./site_access.ts";
import { defaults, redirects, rewriting } from "./site_rewriting.ts";
import { maintenance, switching } from "./site_switching.ts";

/** Configurations as people run them, in the style of the manual's examples. */
export const siteCases: Readonly<Record<string, readonly Case[]>> = {
  "content switching": switching,
  "maintenance and error pages": maintenance,
  "access": security,
  "CORS and security headers": cors,
  "redirects": redirects,
  "rewriting and logging": rewriting,
  "connections and balancing": defaults,
};
