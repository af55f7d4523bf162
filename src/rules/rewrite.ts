import { charClass, targetChar } from "../http/char_class.ts";
import type { Fields } from "../http/fields.ts";
import type { RequestHead } from "../http/request_head.ts";
import { forbiddenInValue, isToken } from "./error_message.ts";
import type { RuleSetName } from "./spec.ts";
import type { Outcome, Transaction } from "./transaction.ts";

/** Which message the rules of a set rewrite. */
export function rewritesResponse(ruleSet: RuleSetName): boolean {
  return ruleSet === "http-response" || ruleSet === "http-after-response";
}

/** The fields that a rule rewrites; undefined when the message is not there. */
export function fieldsOf(tx: Transaction, response: boolean): Fields | undefined {
  return response ? tx.response : tx.request;
}

/** A rewrite that could not be done: counted, and the end of the transaction in strict mode. */
export function rewriteFailed(tx: Transaction, response: boolean): Outcome {
  tx.failedRewrite();
  if (!tx.strict) return "continue";
  tx.terminate(response ? "PH" : "PR");
  return "error";
}

/** A value that would break the head apart must never get into it. */
export function isFieldValue(value: string): boolean {
  return forbiddenInValue(value) < 0;
}

export function isFieldName(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (!isToken(name.charCodeAt(i))) return false;
  return name.length > 0;
}

/** May be sent as a request target: no blanks, no control characters, no fragment. */
export function isTarget(target: string): boolean {
  for (let i = 0; i < target.length; i++) {
    if ((charClass[target.charCodeAt(i)]! & targetChar) === 0) return false;
  }
  return target.length > 0;
}

/**
 * After Host has changed: a target that names an authority must name the same one (RFC 9112
 * §3.2.2), or the server would see two.
 */
export function syncAuthority(request: RequestHead, host: string): void {
  const { target } = request;
  const first = target.charCodeAt(0);
  if (first === 47 || first === 42) return;
  const scheme = target.indexOf("://");
  if (scheme < 0) {
    if (request.method === "CONNECT") request.target = host;
    return;
  }
  const path = target.indexOf("/", scheme + 3);
  const rest = path < 0 ? "" : target.substring(path);
  request.target = target.substring(0, scheme + 3) + host + rest;
}

/** After the whole target has changed: Host follows the authority that it names. */
export function syncHost(request: RequestHead): void {
  const { target } = request;
  const first = target.charCodeAt(0);
  if (first === 47 || first === 42) return;
  const scheme = target.indexOf("://");
  const from = scheme < 0 ? 0 : scheme + 3;
  const slash = target.indexOf("/", from);
  const authority = target.substring(from, slash < 0 ? target.length : slash);
  const index = request.find("host");
  if (index >= 0) request.replace(index, authority.substring(authority.lastIndexOf("@") + 1));
}
