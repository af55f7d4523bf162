import type { HeadProblem } from "./head_reader.ts";
import type { RequestHead } from "./request_head.ts";

/**
 * Brings Host and the target's authority together (RFC 9112 §3.2) as HAProxy does: a default port
 * goes, `http://a` becomes `http://a/`, equal repetitions of Host become one. What two readers
 * could route differently is refused.
 */
export function settleAuthority(head: RequestHead): HeadProblem | undefined {
  const host = head.find("host");
  if (host >= 0) {
    for (let i = head.find("host", host); i >= 0; i = head.find("host", i)) {
      if (head.value(i).toLowerCase() !== head.value(host).toLowerCase()) {
        return problem("several Host fields");
      }
      head.remove(i);
    }
  }
  const { target } = head;
  if (head.method === "CONNECT") return settleConnect(head, host);
  if (target.charCodeAt(0) === 47) return undefined;
  if (target === "*") return undefined;
  return settleAbsolute(head, host);
}

function settleAbsolute(head: RequestHead, host: number): HeadProblem | undefined {
  const { target } = head;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(target);
  if (!scheme) return problem("invalid request target");
  const start = scheme[0].length;
  const rest = target.substring(start);
  const length = rest.search(/[/?#]/);
  let authority = length < 0 ? rest : rest.substring(0, length);
  const behind = length < 0 ? "" : rest.substring(length);
  const user = authority.lastIndexOf("@");
  const bare = authority.substring(user + 1);
  if (bare === "") return problem("empty authority");
  const plain = withoutDefaultPort(bare, scheme[1]!.toLowerCase());
  if (plain === undefined) return problem("invalid authority");
  authority = authority.substring(0, user + 1) + plain;
  if (behind.startsWith("?")) return problem("a query without a path");
  const path = behind === "" && head.method !== "OPTIONS" ? "/" : behind;
  const whole = scheme[0] + authority + path;
  if (whole !== target) head.target = whole;
  return settleHost(head, host, plain, scheme[1]!.toLowerCase());
}

function settleConnect(head: RequestHead, host: number): HeadProblem | undefined {
  const { target } = head;
  const port = portOf(target);
  if (port === undefined || !/^[0-9]+$/.test(port)) return problem("CONNECT without a port");
  if (host < 0) return undefined;
  const name = target.substring(0, target.length - port.length - 1);
  const given = head.value(host);
  const givenPort = portOf(given);
  const givenName = givenPort === undefined
    ? given
    : given.substring(0, given.length - givenPort.length - 1);
  const same = givenName.toLowerCase() === name.toLowerCase() &&
    (givenPort === undefined || givenPort === port || (givenPort === "" && isDefault(port)));
  if (!same) return problem("Host differs from the target");
  if (isDefault(port) && given !== name) head.replace(host, name);
  return undefined;
}

function isDefault(port: string): boolean {
  return port === "80" || port === "443";
}

function settleHost(
  head: RequestHead,
  host: number,
  authority: string,
  scheme: string,
): HeadProblem | undefined {
  if (host < 0) {
    head.add("Host", authority);
    return undefined;
  }
  const given = head.value(host);
  const plain = withoutDefaultPort(given, scheme);
  if (plain === undefined || plain.toLowerCase() !== authority.toLowerCase()) {
    return problem("Host differs from the target");
  }
  if (plain !== given) head.replace(host, plain);
  return undefined;
}

/** Text behind the last colon that is not inside brackets; undefined without one. */
function portOf(authority: string): string | undefined {
  const colon = authority.lastIndexOf(":");
  if (colon < 0 || authority.indexOf("]", colon) >= 0) return undefined;
  return authority.substring(colon + 1);
}

/** Without the scheme's own port; undefined when the port is not a number. */
function withoutDefaultPort(authority: string, scheme: string): string | undefined {
  const port = portOf(authority);
  if (port === undefined) return authority;
  if (!/^[0-9]*$/.test(port)) return undefined;
  const usual = scheme === "http" ? "80" : scheme === "https" ? "443" : undefined;
  return port === "" || port === usual
    ? authority.substring(0, authority.length - port.length - 1)
    : authority;
}

function problem(reason: string): HeadProblem {
  return { status: 400, reason, at: 0 };
}
