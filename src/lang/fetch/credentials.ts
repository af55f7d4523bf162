import type { RequestHead } from "../../http/request_head.ts";
import { firstHeaderValue } from "./header_walk.ts";

/** What a client proves itself with (RFC 7235), as far as HAProxy reads it. */
export type Credentials =
  | { readonly scheme: "Basic"; readonly user: string; readonly password: string }
  | { readonly scheme: "Bearer"; readonly token: string };

/** The credentials in `Authorization`; undefined without any or when they cannot be read. */
export function credentialsOf(head: RequestHead): Credentials | undefined {
  const value = firstHeaderValue(head, "authorization");
  if (value === undefined) return undefined;
  const blank = value.indexOf(" ");
  if (blank <= 0) return undefined;
  const scheme = value.substring(0, blank).toLowerCase();
  const data = afterBlanks(value, blank);
  // HAProxy compares as many letters as the client sent, so that `Bas` is taken for `Basic`.
  if ("basic".startsWith(scheme)) return basic(data);
  if ("bearer".startsWith(scheme)) return { scheme: "Bearer", token: data };
  return undefined;
}

/** The token of a `Bearer` scheme in any header. */
export function bearerToken(value: string): string | undefined {
  const blank = value.indexOf(" ");
  if (blank !== 6 || value.substring(0, blank).toLowerCase() !== "bearer") return undefined;
  return afterBlanks(value, blank);
}

function afterBlanks(value: string, at: number): string {
  while (value.charCodeAt(at) === 32) at++;
  return value.substring(at);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function basic(data: string): Credentials | undefined {
  if (!base64.test(data)) return undefined;
  const text = atob(data);
  const nul = text.indexOf("\0");
  const pair = nul < 0 ? text : text.substring(0, nul);
  const colon = pair.indexOf(":");
  if (colon < 0) return undefined;
  return { scheme: "Basic", user: pair.substring(0, colon), password: pair.substring(colon + 1) };
}
