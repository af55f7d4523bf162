import type { Fate } from "../support/raw_client.ts";
import type { OriginAnswer } from "../support/origin.ts";

/** One connection of a case: what the client sends, latin1. */
export interface ClientPlan {
  /** Sent in order, each after the gateway has read the one before. */
  readonly pieces: readonly string[];
  /** Methods of the requests in the pieces; read off the first line of each piece when absent. */
  readonly methods?: readonly string[];
  /** Final answers to wait for; as many as methods when absent. */
  readonly answers?: number;
  readonly halfClose?: boolean;
  /** Loopback address the client connects from. */
  readonly from?: string;
}

/**
 * What must come out where haproxy 2.6 cannot be asked or answers otherwise than 3.5. Only the
 * given members are looked at.
 */
export interface Expectation {
  /** Per connection, in the words of `summary`: `200 kept`, `400 closed`, `200 200 kept`. */
  readonly clients?: readonly string[];
  /** Bodies of the final answers, in order over all connections. */
  readonly bodies?: readonly string[];
  /** Fields that some answer carries, `name: value` in lower-case names. */
  readonly answerFields?: readonly string[];
  /** Ends of the log lines, in order. */
  readonly logs?: readonly string[];
  /** Start lines of the requests that origins received, with the origin's name before them. */
  readonly origins?: readonly string[];
  /** Fields that some origin received, `name: value`. */
  readonly originFields?: readonly string[];
  /** Names of fields that no origin received. */
  readonly originWithout?: readonly string[];
}

/**
 * A case as data. In all texts `CASE` stands for the case's own name of its sections (`c017`),
 * `ORIGIN1`…`ORIGIN4` for addresses of origins, `REFUSED` for an address where nothing listens
 * and `FILE(name)` for the path of a file of the case.
 */
export interface Case {
  readonly name: string;
  /** Lines of the frontend. */
  readonly frontend: readonly string[];
  /** Lines of backends by short name; `main` with one server on ORIGIN1 when absent. */
  readonly backends?: Readonly<Record<string, readonly string[]>>;
  /** Further sections: header words to lines, `userlist CASE_users`. */
  readonly sections?: Readonly<Record<string, readonly string[]>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly clients: readonly ClientPlan[];
  /** Answers by origin's name and in order of requests; the last one repeats. */
  readonly answers?: Readonly<Record<string, readonly OriginAnswer[]>>;
  /** Log lines to wait for and compare. */
  readonly logs?: number;
  /** Parts of values that differ between any two runs. */
  readonly mask?: readonly RegExp[];
  /** The language is newer than Debian's haproxy, which is not asked; `expect` decides. */
  readonly beyondReference?: string;
  readonly expect?: Expectation;
}

/** A request without a body. */
export function get(target: string, ...fields: readonly string[]): string {
  return request("GET", target, fields);
}

/** Any request; Host is there unless a field gives one, Content-Length when there is a body. */
export function request(
  method: string,
  target: string,
  fields: readonly string[] = [],
  body = "",
): string {
  const lines = [`${method} ${target} HTTP/1.1`];
  if (!fields.some((field) => /^host *:/i.test(field))) lines.push("Host: www.example.com");
  lines.push(...fields);
  const chunked = fields.some((field) => /^transfer-encoding:/i.test(field));
  if (body !== "" && !chunked) lines.push(`Content-Length: ${body.length}`);
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** An origin's answer with a Content-Length. */
export function answer(status: string, fields: readonly string[] = [], body = ""): OriginAnswer {
  const lines = [`HTTP/1.1 ${status}`, ...fields, `Content-Length: ${body.length}`];
  return { pieces: [`${lines.join("\r\n")}\r\n\r\n${body}`] };
}

/** One connection a request, unless several are to share one: pass those joined as a list. */
export function each(...requests: readonly (string | readonly string[])[]): readonly ClientPlan[] {
  return requests.map((pieces) => ({ pieces: typeof pieces === "string" ? [pieces] : pieces }));
}

const used = new Map<string, number>();

/** A name of its own for every case: the second of the same kind gets a number. */
function unique(name: string): string {
  const count = (used.get(name) ?? 0) + 1;
  used.set(name, count);
  return count === 1 ? name : `${name} (${count})`;
}

/** A sample expression, seen as the text of an answer: `[value]`, or `[]` when there is none. */
export function expression(
  text: string,
  requests: string | readonly string[],
  more: Partial<Case> & { readonly before?: readonly string[] } = {},
): Case {
  const { before = [], ...rest } = more;
  const list = typeof requests === "string" ? [requests] : requests;
  return {
    name: unique(`expression ${text}`),
    clients: each(...list),
    ...rest,
    frontend: [
      ...(rest.frontend ?? []),
      ...before,
      `http-request return status 200 content-type text/plain lf-string "[%[${text}]]"`,
    ],
  };
}

/** A response expression, seen as a header of the answer. */
export function responseExpression(
  text: string,
  answers: readonly OriginAnswer[],
  more: Partial<Case> = {},
): Case {
  return {
    name: unique(`response expression ${text}`),
    clients: each(get("/")),
    answers: { o1: answers },
    ...more,
    frontend: [...(more.frontend ?? []), `http-response set-header x-value "[%[${text}]]"`],
  };
}

/** A condition over several requests, each answered with `yes` or `no`. */
export function condition(
  text: string,
  requests: readonly string[],
  more: Partial<Case> & { readonly acls?: readonly string[] } = {},
): Case {
  const { acls = [], ...rest } = more;
  return {
    name: unique(`condition ${text}`),
    clients: each(...requests),
    ...rest,
    frontend: [
      ...(rest.frontend ?? []),
      ...acls.map((line) => `acl ${line}`),
      `http-request return status 200 content-type text/plain string yes if ${text}`,
      "http-request return status 200 content-type text/plain string no",
    ],
  };
}

/** Rules of a frontend before an echoing origin. */
export function rules(
  name: string,
  frontend: readonly string[],
  requests: readonly (string | readonly string[])[],
  more: Partial<Case> = {},
): Case {
  return { name, frontend, clients: each(...requests), ...more };
}

export type { Fate };
