import type { Context } from "../lang/context.ts";
import type { LogFormat } from "../lang/log_format.ts";
import { forbiddenInValue } from "./error_message.ts";
import type { Reply } from "./transaction.ts";

/** A header of a reply: its value is a text or made from the transaction. */
export interface HeaderTemplate {
  readonly name: string;
  readonly value: string | LogFormat;
}

/** What `return`, `deny`, `tarpit` and `http-error` may answer with. */
export type ReplyTemplate =
  /** The page of the transaction's proxy for this status. */
  | { readonly kind: "page"; readonly status: number }
  /** The same for every transaction; shared. */
  | { readonly kind: "fixed"; readonly reply: Reply }
  /** Made for each transaction. */
  | {
    readonly kind: "made";
    readonly status: number;
    readonly contentType: string | undefined;
    readonly headers: readonly HeaderTemplate[];
    readonly body: string | LogFormat;
  };

/**
 * Renders a template whose parts may depend on the transaction; undefined when a value is unfit. A
 * field that comes out empty is left out.
 */
export function renderReply(
  template: Extract<ReplyTemplate, { kind: "made" }>,
  cx: Context,
): Reply | undefined {
  const headers: [string, string][] = [];
  for (const header of template.headers) {
    const value = typeof header.value === "string" ? header.value : header.value.render(cx);
    if (forbiddenInValue(value) >= 0) return undefined;
    if (value !== "") headers.push([header.name, value]);
  }
  const body = typeof template.body === "string" ? template.body : template.body.render(cx);
  describeBody(headers, template.status, body, template.contentType);
  return { status: template.status, reason: "", headers, body, close: false };
}

/** Length and type stand behind the fields of one's own; HAProxy names no type for an empty body. */
function describeBody(
  headers: [string, string][],
  status: number,
  body: string,
  contentType: string | undefined,
): void {
  if (status !== 204 && status !== 304) headers.push(["Content-Length", String(body.length)]);
  if (body !== "" && contentType !== undefined) headers.push(["Content-Type", contentType]);
}

/** A template without anything left to evaluate becomes one shared reply. */
export function settle(template: ReplyTemplate): ReplyTemplate {
  if (template.kind !== "made" || typeof template.body !== "string") return template;
  const headers: [string, string][] = [];
  for (const { name, value } of template.headers) {
    if (typeof value !== "string") return template;
    if (value !== "") headers.push([name, value]);
  }
  const { status, body } = template;
  describeBody(headers, status, body, template.contentType);
  return { kind: "fixed", reply: { status, reason: "", headers, body, close: false } };
}
