import {
  ldapCheck,
  mysqlCheck,
  pgsqlCheck,
  redisCheck,
  smtpCheck,
  sslHelloCheck,
} from "../compile/check_protocols.ts";
import type { WrittenStep } from "../compile/check_steps.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { unsupported } from "../../lang/unsupported.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

function protocol(
  name: string,
  syntax: string,
  doc: string,
  steps: (line: Line) => readonly WrittenStep[],
): KeywordSpec<ProxyDraft> {
  return {
    name: `option ${name}`,
    sections: backendSections,
    syntax: `option ${name}${syntax}`,
    doc,
    apply(line, draft) {
      const { check } = draft;
      check.protocol = steps(line);
      line.end();
      check.kind = "protocol";
    },
  };
}

function greeting(line: Line): string {
  const [hello, domain] = line.rest;
  if (!hello) return "HELO localhost";
  line.take("");
  if (domain) line.take("");
  const known = hello.text === "EHLO" || hello.text === "HELO";
  return known && domain ? `${hello.text} ${domain.text}` : "HELO localhost";
}

function pgsqlUser(line: Line): string {
  const missing = "'option pgsql-check' expects 'user <username>' as argument";
  const word = line.take(missing);
  if (word.text !== "user") {
    const message = "'option pgsql-check' only supports optional values: 'user'";
    throw line.error("bad-value", message, word);
  }
  return line.take(missing).text;
}

function mysql(line: Line): readonly WrittenStep[] {
  const [word] = line.rest;
  if (!word) return mysqlCheck(undefined, "post-41");
  line.take("");
  if (word.text !== "user") {
    const message = "'option mysql-check' only supports optional values: 'user' " +
      `(got '${word.text}')`;
    throw line.error("bad-value", message, word);
  }
  const user = line.take("'option mysql-check user' expects <username> as argument").text;
  const [version] = line.rest;
  if (!version) return mysqlCheck(user, "post-41");
  line.take("");
  if (version.text === "post-80") {
    const why = "its authentication packet is not there";
    throw line.error("unsupported", unsupported("'option mysql-check … post-80'", why), version);
  }
  const message = "keyword 'user' only supports 'post-41' and 'pre-41' " +
    `(got '${version.text}')`;
  return mysqlCheck(user, line.oneOf(version, ["pre-41", "post-41"] as const, message));
}

/** Checks of protocols that HAProxy knows by name. */
export const protocolCheckKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  protocol("redis-check", "", "Checks servers with Redis' PING.", redisCheck),
  protocol(
    "smtpchk",
    " [{ EHLO | HELO } <domain>]",
    "Checks servers with a greeting of SMTP.",
    (line) => smtpCheck(greeting(line)),
  ),
  protocol(
    "pgsql-check",
    " user <username>",
    "Checks servers with PostgreSQL's start-up message.",
    (line) => pgsqlCheck(pgsqlUser(line)),
  ),
  protocol(
    "mysql-check",
    " [user <username> [{ post-41 | pre-41 }]]",
    "Checks servers with MySQL's handshake.",
    mysql,
  ),
  protocol("ldap-check", "", "Checks servers with an anonymous bind of LDAPv3.", ldapCheck),
  protocol("ssl-hello-chk", "", "Checks servers with a hello of SSLv3.", sslHelloCheck),
];
