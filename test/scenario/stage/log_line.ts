import type { StoryGateway } from "./gateway.ts";

/** What a line of `option httplog` says of how an exchange ended. */
export interface LoggedEnd {
  /** Backend and server. */
  readonly by: string;
  readonly status: number;
  /** Cause and phase (manual §8.5), without the cookie's two. */
  readonly flags: string;
  /** Retries, with a plus when the request went to another server. */
  readonly retries: string;
  /** Requests that were ahead in the server's and the backend's queue. */
  readonly queues: string;
}

const httplog =
  /(?<by>\S+\/\S+) [-\d/+]+ (?<status>-?\d+) \d+ - - (?<flags>..)-- [\d/]+\/(?<retries>\+?\d+) (?<queues>\d+\/\d+) /;

/** Reads the line of an exchange. */
export function loggedEnd(line: string): LoggedEnd {
  const { groups } = httplog.exec(line) ?? {};
  if (!groups) throw new Error(`Not a line of httplog: ${line}`);
  const { by, status, flags, retries, queues } = groups as Record<keyof LoggedEnd, string>;
  return { by, status: Number(status), flags, retries, queues };
}

/** Waits until the gateway has logged the exchange whose line holds `text`, or the `times`th such. */
export async function logged(gateway: StoryGateway, text: string, times = 1): Promise<LoggedEnd> {
  return loggedEnd(await gateway.said(text, times));
}
