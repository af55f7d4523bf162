import { hostname } from "node:os";
import process from "node:process";
import { predefinedVariables } from "../config/predefined_variables.ts";
import type { HaproxySettings } from "./haproxy_settings.ts";

/** The variables of a condition on the command line: what a configuration would find. */
export function conditionVariables(
  { files, localPeer }: HaproxySettings,
): Readonly<Record<string, string | undefined>> {
  return { ...process.env, ...predefinedVariables(files, localPeer ?? hostname()) };
}
