import type { Reply } from "./transaction.ts";

/** Statuses that have an error page; `errorfile` and its kin take no other. */
export const pageStatuses = [
  200,
  400,
  401,
  403,
  404,
  405,
  407,
  408,
  410,
  413,
  414,
  421,
  422,
  425,
  429,
  431,
  500,
  501,
  502,
  503,
  504,
] as const;
export type PageStatus = (typeof pageStatuses)[number];

/** Reason phrase and sentence of HAProxy's own pages; its misprints (501, 431) are kept. */
const pageTexts: Readonly<Record<PageStatus, readonly [reason: string, sentence: string]>> = {
  200: ["OK", "Service ready."],
  400: ["Bad request", "Your browser sent an invalid request."],
  401: ["Unauthorized", "You need a valid user and password to access this content."],
  403: ["Forbidden", "Request forbidden by administrative rules."],
  404: ["Not Found", "The resource could not be found."],
  405: [
    "Method Not Allowed",
    "A request was made of a resource using a request method not supported by that resource",
  ],
  407: ["Unauthorized", "You need a valid user and password to access this content."],
  408: ["Request Time-out", "Your browser didn't send a complete request in time."],
  410: ["Gone", "The resource is no longer available and will not be available again."],
  413: ["Payload Too Large", "The request entity exceeds the maximum allowed."],
  414: ["URI Too Long", "The URI provided was too long for the server to process."],
  421: ["Misdirected Request", "Request sent to a non-authoritative server."],
  422: ["Unprocessable Content", "The server cannot process the contained instructions."],
  425: ["Too Early", "Your browser sent early data."],
  429: ["Too Many Requests", "You have sent too many requests in a given amount of time."],
  431: ["Request Header Fields Too Large", ">Request Header Fields Too Large."],
  500: ["Internal Server Error", "An internal server error occurred."],
  501: [
    "Not Implemented",
    ".The server does not support the functionality required to fulfill the request.",
  ],
  502: ["Bad Gateway", "The server returned an invalid or incomplete response."],
  503: ["Service Unavailable", "No server is available to handle this request."],
  504: ["Gateway Time-out", "The server didn't respond in time."],
};

export function isPageStatus(status: number): status is PageStatus {
  return Object.hasOwn(pageTexts, status);
}

/** The pages that stand in for whatever the operator has not written. */
export const defaultPages: ReadonlyMap<number, Reply> = new Map(
  pageStatuses.map((status) => [status, defaultPage(status)]),
);

function defaultPage(status: PageStatus): Reply {
  const [reason, sentence] = pageTexts[status];
  // A peer that sent nonsense, or not all of its head, cannot go on on that connection.
  const close = status === 400 || status === 408;
  return {
    status,
    reason,
    headers: [["Cache-Control", "no-cache"], ["Content-Type", "text/html"]],
    body: `<html><body><h1>${status} ${reason}</h1>\n${sentence}\n</body></html>\n`,
    close,
  };
}
