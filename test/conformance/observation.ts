import { masked, type Masks } from "./mask.ts";
import type { Message } from "../support/http_message.ts";
import type { SeenRequest } from "../support/origin.ts";
import type { ClientRecord, Fate } from "../support/raw_client.ts";

/** What a gateway did in one case, without what differs between any two runs. */
export interface Observation {
  readonly clients: readonly {
    readonly answers: readonly SeenMessage[];
    readonly rest: string;
    readonly fate: Fate;
  }[];
  readonly origins: readonly (SeenMessage & { readonly origin: string })[];
  readonly logs: readonly string[];
}

/** A message for comparison: names in lower case, the rest as it was. */
export interface SeenMessage {
  readonly start: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly framing: Message["framing"];
  readonly trailers: readonly string[];
  readonly truncated: boolean;
}

function seen(message: Message, masks: Masks): SeenMessage {
  const field = ([name, value]: readonly [string, string]): string =>
    `${name.toLowerCase()}: ${masked(value, masks)}`;
  const body = masked(message.body, masks);
  return {
    start: masked(message.start, masks),
    fields: inOrder(message.headers.map(field), body !== message.body),
    // How much of a cut body arrives depends on how it was read.
    body: message.truncated && message.framing === "chunked" ? "" : body,
    framing: message.framing,
    trailers: message.trailers.map(field),
    truncated: message.truncated,
  };
}

/** The fate of a connection tells more than the announcement of its end, which may be left out. */
function withoutClose(message: SeenMessage, fate: Fate): SeenMessage {
  if (fate !== "closed") return message;
  return { ...message, fields: message.fields.filter((line) => line !== "connection: close") };
}

/**
 * Connection comes last, because where a gateway puts its own means nothing. A masked body may be
 * of another length on the other side.
 */
function inOrder(fields: readonly string[], maskedBody: boolean): readonly string[] {
  const isConnection = (line: string): boolean => line.startsWith("connection:");
  const lines = fields.map((line) =>
    maskedBody && line.startsWith("content-length:") ? "content-length: <masked>" : line
  );
  return [...lines.filter((line) => !isConnection(line)), ...lines.filter(isConnection)];
}

export function observe(
  records: readonly ClientRecord[],
  requests: readonly SeenRequest[],
  logs: readonly string[],
  masks: Masks,
): Observation {
  return {
    clients: records.map(({ answers, rest, fate }) => ({
      answers: answers.map((message) => withoutClose(seen(message, masks), fate)),
      rest,
      fate,
    })),
    // Whether and how far an unfinished request arrives depends on when the connection is cut.
    origins: requests.filter((one) => !one.partial).map((one) => ({
      origin: one.origin,
      ...seen(one.message, masks),
    })),
    logs: logs.map((line) => masked(line, masks)),
  };
}

/** `200 kept`, `100 200 closed`, `silent`: the statuses on each connection and its fate. */
export function summary(observation: Observation): readonly string[] {
  return observation.clients.map(({ answers, fate }) =>
    [...answers.map((one) => one.start.split(" ")[1] ?? "?"), fate].join(" ")
  );
}
