import type { TcpCase } from "../case.ts";
import { balanceCases } from "./balance.ts";
import { besideCases } from "./beside.ts";
import { connectingCases } from "./connecting.ts";
import { endingCases } from "./ending.ts";
import { helloCases } from "./hello.ts";
import { payloadCases } from "./payload.ts";
import { proxyHeaderCases } from "./proxy_header.ts";
import { queueCases } from "./queue.ts";
import { responseRuleCases } from "./response_rule.ts";
import { ruleSetCases } from "./rule_set.ts";
import { serverNameCases } from "./server_name.ts";
import { timeCases } from "./time.ts";
import { httpFrontendCases, upgradeCases } from "./upgrade.ts";

/** All cases by what they are about. Names are unique, because differences are listed by them. */
export const tcpFamilies: Readonly<Record<string, readonly TcpCase[]>> = {
  "TLS by server name": serverNameCases,
  "TLS hellos": helloCases,
  "protocols beside each other": besideCases,
  "routing by payload": payloadCases,
  "rule sets": ruleSetCases,
  "rules for responses": responseRuleCases,
  "ends": endingCases,
  "connecting": connectingCases,
  "queues": queueCases,
  "times and logs": timeCases,
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
