import type { MatchName } from "./pattern/match_method.ts";

/** A row of the table of ACL keywords: a fetch with a match method of its own. */
export interface AclKeyword {
  readonly name: string;
  readonly fetch: string;
  readonly match: MatchName;
}

/** Keywords that exist with each of these endings, and plain for exact matches. */
const endings = ["beg", "dir", "dom", "end", "len", "reg", "sub"] as const;

function family(name: string, fetch: string): AclKeyword[] {
  return [
    { name, fetch, match: "str" },
    ...endings.map((match) => ({ name: `${name}_${match}`, fetch, match })),
  ];
}

/** Every ACL keyword of HAProxy. `hdr` is the request's header in any rule, unlike the fetch. */
export const aclKeywords: readonly AclKeyword[] = [
  ...family("base", "base"),
  ...family("cook", "req.cook"),
  ...family("hdr", "req.hdr"),
  ...family("path", "path"),
  ...family("scook", "res.cook"),
  ...family("shdr", "res.hdr"),
  ...family("url", "url"),
  ...family("urlp", "urlp"),
  { name: "http_auth_group", fetch: "http_auth_group", match: "http_auth_group" },
  { name: "method", fetch: "method", match: "method" },
  { name: "payload", fetch: "req.payload", match: "bin" },
  { name: "payload_lv", fetch: "req.payload_lv", match: "bin" },
  { name: "req.ssl_ver", fetch: "req.ssl_ver", match: "ssl_ver" },
  { name: "req_rdp_cookie", fetch: "req.rdp_cookie", match: "str" },
  { name: "req_rdp_cookie_cnt", fetch: "req.rdp_cookie_cnt", match: "int" },
  { name: "req_ssl_sni", fetch: "req.ssl_sni", match: "str" },
  { name: "req_ssl_ver", fetch: "req.ssl_ver", match: "ssl_ver" },
  { name: "req_ver", fetch: "req.ver", match: "str" },
  { name: "resp_ver", fetch: "res.ver", match: "str" },
  { name: "ssl_fc_sni_end", fetch: "ssl_fc_sni", match: "end" },
  { name: "ssl_fc_sni_reg", fetch: "ssl_fc_sni", match: "reg" },
];
