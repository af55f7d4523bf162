import type { FetchSpec } from "../spec.ts";
import { authenticationFetches } from "./authentication.ts";
import { bodyFetches } from "./body.ts";
import { captureFetches } from "./capture.ts";
import { clientFetches } from "./client.ts";
import { clockFetches } from "./clock.ts";
import { constantFetches } from "./constant.ts";
import { cookieFetches } from "./cookie.ts";
import { exchangeFetches } from "./exchange.ts";
import { headerFetches } from "./header.ts";
import { headerDumpFetches } from "./header_dump.ts";
import { parameterFetches } from "./parameter.ts";
import { payloadFetches } from "./payload.ts";
import { processFetches } from "./process.ts";
import { proxyFetches } from "./proxy.ts";
import { proxyHeaderFetches } from "./proxy_header.ts";
import { randomFetches } from "./random.ts";
import { rdpCookieFetches } from "./rdp_cookie.ts";
import { requestFetches } from "./request.ts";
import { responseFetches } from "./response.ts";
import { targetFetches } from "./target.ts";
import { timingFetches } from "./timing.ts";
import { tlsFetches } from "./tls.ts";
import { variableFetches } from "./variable.ts";

/** Every fetch that ships, but `acl`, which needs the conditions it names. */
export const fetchSpecs: readonly FetchSpec[] = distinct([
  ...constantFetches,
  ...processFetches,
  ...clockFetches,
  ...randomFetches,
  ...variableFetches,
  ...clientFetches,
  ...proxyHeaderFetches,
  ...proxyFetches,
  ...requestFetches,
  ...targetFetches,
  ...parameterFetches,
  ...headerFetches,
  ...headerDumpFetches,
  ...cookieFetches,
  ...authenticationFetches,
  ...bodyFetches,
  ...captureFetches,
  ...responseFetches,
  ...timingFetches,
  ...exchangeFetches,
  ...payloadFetches,
  ...tlsFetches,
  ...rdpCookieFetches,
]);

/** Throws when two rows have one name. */
function distinct(specs: readonly FetchSpec[]): readonly FetchSpec[] {
  const names = new Set<string>();
  for (const { name } of specs) {
    if (names.has(name)) throw new TypeError(`Two fetches are called '${name}'`);
    names.add(name);
  }
  return specs;
}
