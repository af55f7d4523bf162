import type { ResponseHead } from "./response_head.ts";

/** Where a status asks for credentials. */
const challengeFields: { readonly [status: number]: string } = {
  401: "www-authenticate",
  407: "proxy-authenticate",
};

/** HAProxy looks no further: `Negotiate` and `Nego2` are both in use. */
const schemes = /(?:^|,)[ \t]*(?:nego|ntlm)/i;
/** A comma in quotes begins no other challenge. */
const quoted = /"(?:[^"\\]|\\.)*(?:"|$)/g;

/**
 * Whether an answer asks for credentials that hold for its connection instead of one request, as
 * NTLM's do (RFC 4559 §6): then the connection must serve no other client.
 */
export function challengesConnection(head: ResponseHead): boolean {
  const name = challengeFields[head.status];
  if (name === undefined) return false;
  for (let i = head.find(name); i >= 0; i = head.find(name, i)) {
    if (schemes.test(head.value(i).replaceAll(quoted, ""))) return true;
  }
  return false;
}
