import type { TcpCase } from "../case.ts";
import { balanceCases } from "./balance.ts";
import { endingCases } from "./ending.ts";
import { firstBytesCases } from "./first_bytes.ts";
import { proxyHeaderCases } from "./proxy_header.ts";
import { responseRuleCases } from "./response_rule.ts";
import { ruleSetCases } from "./rule_set.ts";
import { httpFrontendCases, upgradeCases } from "./upgrade.ts";

/** All cases by what they are about. Names are unique, because differences are listed by them. */
export const tcpFamilies: Readonly<Record<string, readonly TcpCase[]>> = {
  "routing by first bytes": firstBytesCases,
  "rule sets": ruleSetCases,
  "rules for responses": responseRuleCases,
  "ends": endingCases,
  "PROXY protocol": proxyHeaderCases,
  "servers": balanceCases,
  "from TCP to HTTP": upgradeCases,
  "TCP rules of HTTP frontends": httpFrontendCases,
};

export const allTcpCases: readonly TcpCase[] = Object.values(tcpFamilies).flat();

const names = new Set<string>();
for (const { name } of allTcpCases) {
  if (names.has(name)) throw new Error(`two cases are called '${name}'`);
  names.add(name);
}
