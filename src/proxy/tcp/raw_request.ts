import { type HeadLimits, HeadProgress, readRequestHead } from "../../http/head_reader.ts";
import { RequestHead } from "../../http/request_head.ts";

/** What the first bytes of a TCP stream are as an HTTP request. */
export type RawRequestState = "complete" | "incomplete" | "not HTTP";

/** Any start of a request: empty lines, then a method (RFC 9112 §2.2, §3). */
const startsLikeRequest = /^[\r\n]*[!#$%&'*+.^_`|~0-9A-Za-z-]*(?:$|[ \t\r\n])/;

/** Reads an HTTP/1 request off bytes that are only looked at, for the rules of TCP proxies. */
export class RawRequest {
  #seen = -1;
  /** Undefined before it is complete. */
  head: RequestHead | undefined;
  state: RawRequestState = "incomplete";

  constructor(private readonly limits: HeadLimits) {}

  /** Looks again when more bytes came. */
  read(text: string): void {
    if (text.length === this.#seen) return;
    this.#seen = text.length;
    if (!startsLikeRequest.test(text)) {
      this.state = "not HTTP";
      return;
    }
    const head = new RequestHead();
    const result = readRequestHead(text, head, new HeadProgress(), this.limits);
    this.state = result === "invalid" ? "not HTTP" : result;
    this.head = result === "complete" ? head : undefined;
  }
}
