import type { ServerPlan } from "../../config/server_plan.ts";

/** What traffic shows of a server's health. */
export type Observation =
  | "connected"
  | "connect-failed"
  | "answered"
  | "server-error"
  | "invalid-head"
  | "invalid-body"
  | "read-error"
  | "read-timeout"
  | "closed-early";

interface ObservationRow {
  readonly text: string;
  /** What it means to `observe layer4` and `observe layer7`. */
  readonly layer4: "good" | "bad" | "nothing";
  readonly layer7: "good" | "bad" | "nothing";
}

const nothing = "nothing";

/** HAProxy's table of what counts at which layer, with its words for the log. */
const observations: Readonly<Record<Observation, ObservationRow>> = {
  "connected": { text: "L4 successful connection", layer4: "good", layer7: nothing },
  "connect-failed": { text: "L4 unsuccessful connection", layer4: "bad", layer7: "bad" },
  "answered": { text: "Correct http response", layer4: nothing, layer7: "good" },
  "server-error": { text: "Wrong http response", layer4: nothing, layer7: "bad" },
  "invalid-head": { text: "Invalid http response (headers)", layer4: nothing, layer7: "bad" },
  "invalid-body": { text: "Invalid http response", layer4: nothing, layer7: "bad" },
  "read-error": { text: "Read error (http)", layer4: nothing, layer7: "bad" },
  "read-timeout": { text: "Read timeout (http)", layer4: nothing, layer7: "bad" },
  "closed-early": { text: "Close from server (http)", layer4: nothing, layer7: "bad" },
};

/** An answer's status as an observation. 501 and 505 are what the client asked for. */
export function observationOf(status: number): Observation {
  return status < 500 || status === 501 || status === 505 ? "answered" : "server-error";
}

/**
 * Counts what was seen. The text for the log when it was one error too many in a row, else
 * undefined; the count starts again then.
 */
export function countObservation(server: ServerPlan, seen: Observation): string | undefined {
  if (server.observe === "none") return undefined;
  const { state } = server;
  const row = observations[seen];
  switch (row[server.observe]) {
    case "nothing":
      return undefined;
    case "good":
      state.consecutiveErrors = 0;
      return undefined;
    case "bad":
      break;
  }
  if (++state.consecutiveErrors < server.errorLimit) return undefined;
  const errors = state.consecutiveErrors;
  state.consecutiveErrors = 0;
  return `Detected ${errors} consecutive errors, last one was: ${row.text}`;
}
