import type { UserlistBuilder } from "../../rules/userlist.ts";
import type { GlobalDraft } from "../compile/global_draft.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { ResolversDraft } from "../compile/resolvers_draft.ts";
import { accepted } from "./accepted.ts";
import { balanceKeywords } from "./balance.ts";
import { bindKeywords } from "./bind.ts";
import { captureKeywords } from "./capture.ts";
import { checkKeywords } from "./checks.ts";
import { cookieKeywords } from "./cookie.ts";
import { errorPageKeywords } from "./error_pages.ts";
import { filterKeywords } from "./filter.ts";
import { forwardedKeywords } from "./forwarded.ts";
import { globalKeywords } from "./global.ts";
import { acceptedGlobals } from "./global_accepted.ts";
import { processKeywords } from "./global_process.ts";
import { refusedGlobals } from "./global_refused.ts";
import { httpErrorsKeywords } from "./http_errors.ts";
import { loggingKeywords } from "./logging.ts";
import { moduleKeywords } from "./module.ts";
import { monitorKeywords } from "./monitor.ts";
import { backendOptionKeywords, toggleKeywords } from "./options.ts";
import { basicKeywords } from "./proxy_basic.ts";
import { protocolCheckKeywords } from "./protocol_checks.ts";
import { acceptedProxyKeywords } from "./proxy_accepted.ts";
import { refusedProxyKeywords } from "./proxy_refused.ts";
import { refused } from "./refused.ts";
import { resolversKeywords } from "./resolvers.ts";
import { restrictedNameKeywords } from "./restricted_names.ts";
import { retryOnKeywords } from "./retry_on.ts";
import { routingKeywords } from "./routing.ts";
import { ruleKeywords } from "./rules.ts";
import { serverKeywords } from "./server.ts";
import { sourceKeywords } from "./source.ts";
import { statsKeywords } from "./stats.ts";
import { type KeywordRow, type KeywordSpec, proxySections } from "./spec.ts";
import { KeywordTable } from "./table.ts";
import { tcpCheckKeywords } from "./tcp_check.ts";
import { tcpInspectionKeywords } from "./tcp_inspection.ts";
import { tcpKeepAliveKeywords } from "./tcp_keep_alive.ts";
import { timeoutKeywords } from "./timeout.ts";
import { userlistKeywords } from "./userlist.ts";

const proxySpecs: readonly KeywordSpec<ProxyDraft>[] = [
  ...basicKeywords,
  ...bindKeywords,
  ...routingKeywords,
  ...tcpInspectionKeywords,
  ...ruleKeywords,
  ...serverKeywords,
  ...sourceKeywords,
  ...balanceKeywords,
  ...cookieKeywords,
  ...timeoutKeywords,
  ...toggleKeywords,
  ...tcpKeepAliveKeywords,
  ...backendOptionKeywords,
  ...filterKeywords,
  ...forwardedKeywords,
  ...restrictedNameKeywords,
  ...checkKeywords,
  ...tcpCheckKeywords,
  ...protocolCheckKeywords,
  ...retryOnKeywords,
  ...errorPageKeywords,
  ...captureKeywords,
  ...loggingKeywords,
  ...monitorKeywords,
  ...moduleKeywords,
  ...refused<ProxyDraft>(proxySections, refusedProxyKeywords),
  ...accepted<ProxyDraft>(proxySections, acceptedProxyKeywords),
];

/** The keywords of each kind of section. */
export const proxyTable: KeywordTable<ProxyDraft> = new KeywordTable(proxySpecs);
export const globalTable: KeywordTable<GlobalDraft> = new KeywordTable([
  ...globalKeywords,
  ...processKeywords,
  ...statsKeywords,
  ...refused<GlobalDraft>(["global"], refusedGlobals),
  ...accepted<GlobalDraft>(["global"], acceptedGlobals),
]);
export const userlistTable: KeywordTable<UserlistBuilder> = new KeywordTable(userlistKeywords);
export const httpErrorsTable: KeywordTable<ProxyDraft> = new KeywordTable(httpErrorsKeywords);
export const resolversTable: KeywordTable<ResolversDraft> = new KeywordTable(resolversKeywords);

/** Every row of every section, in the order of the tables. */
export const keywordRows: readonly KeywordRow[] = [
  ...globalTable.specs,
  ...proxyTable.specs,
  ...userlistTable.specs,
  ...httpErrorsTable.specs,
  ...resolversTable.specs,
];

/** Section and name of each keyword that takes one text. */
const textKeywords: ReadonlySet<string> = new Set(
  keywordRows.filter((row) => row.text).flatMap(({ name, sections }) =>
    sections.map((kind) => `${kind} ${name}`)
  ),
);

/** Whether these words are a keyword of the section that takes one text. */
export function takesText(section: string, words: readonly string[]): boolean {
  return textKeywords.has(`${section} ${words.join(" ")}`);
}
