/**
 * Keywords that HAProxy had once and knows no more, and what it says to use instead: files that are
 * still around have them. Undefined where it has nothing to offer.
 */
const replacements: Readonly<Record<string, string | undefined>> = {
  block: "http-request deny",
  clitimeout: "timeout client",
  contimeout: "timeout connect",
  redispatch: "option redispatch",
  reqadd: "http-request add-header",
  reqallow: "http-request allow",
  reqdel: "http-request del-header",
  reqdeny: "http-request deny",
  reqiallow: "http-request allow",
  reqidel: "http-request del-header",
  reqideny: "http-request deny",
  reqipass: undefined,
  reqirep: "http-request replace-header",
  reqitarpit: "http-request tarpit",
  reqpass: undefined,
  reqrep: "http-request replace-header",
  reqtarpit: "http-request tarpit",
  rspadd: "http-response add-header",
  rspdel: "http-response del-header",
  rspdeny: "http-response deny",
  rspidel: "http-response del-header",
  rspideny: "http-response deny",
  rspirep: "http-response replace-header",
  rsprep: "http-response replace-header",
  srvtimeout: "timeout server",
};

/** What is said of a keyword that HAProxy has dropped; undefined for any other word. */
export function removedKeyword(keyword: string): string | undefined {
  if (!Object.hasOwn(replacements, keyword)) return undefined;
  const use = replacements[keyword];
  const message = `the '${keyword}' directive is not supported anymore since HAProxy 2.1`;
  return use === undefined ? message : `${message}. Use '${use}' instead`;
}
