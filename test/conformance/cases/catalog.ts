import type { Case } from "../case.ts";
import { conditionCases } from "./condition.ts";
import { connectionModeCases } from "./connection_mode.ts";
import { converterNumberCases } from "./converter_number.ts";
import { converterTextCases } from "./converter_text.ts";
import { derivativeCases } from "./derivative.ts";
import { fetchInternalCases } from "./fetch_internal.ts";
import { fetchRequestCases } from "./fetch_request.ts";
import { fetchResponseCases } from "./fetch_response.ts";
import { logCases } from "./log.ts";
import { matchCases } from "./match.ts";
import { pathActionCases } from "./path_action.ts";
import { requestActionCases } from "./request_action.ts";
import { restrictedNameCases } from "./restricted_name.ts";
import { responseActionCases } from "./response_action.ts";
import { routingCases } from "./routing.ts";

/** All cases by what they are about. Names are unique, because differences are listed by them. */
export const caseFamilies: Readonly<Record<string, readonly Case[]>> = {
  "request fetches": fetchRequestCases,
  "internal and connection fetches": fetchInternalCases,
  "response fetches": fetchResponseCases,
  "ACL derivatives": derivativeCases,
  "match methods": matchCases,
  "conditions": conditionCases,
  "text converters": converterTextCases,
  "number, hash, date and map converters": converterNumberCases,
  "http-request actions": requestActionCases,
  "path actions": pathActionCases,
  "response actions": responseActionCases,
  "routing, balancing, error pages": routingCases,
  "connections": connectionModeCases,
  "restricted names": restrictedNameCases,
  "logs": logCases,
};

export const allCases: readonly Case[] = Object.values(caseFamilies).flat();

const names = new Set<string>();
for (const { name } of allCases) {
  if (names.has(name)) throw new Error(`two cases are called '${name}'`);
  names.add(name);
}
