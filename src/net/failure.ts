import type { ConnectionError } from "./connection.ts";

/** Why a connection is gone, by an error whose `code` names its errno. */
export function failureOf(error: unknown): ConnectionError {
  switch ((error as { code?: string }).code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return "refused";
    case "ECONNRESET":
    case "EPIPE":
      return "reset";
    case "ETIMEDOUT":
      return "timeout";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ENOTFOUND":
      return "unreachable";
    default:
      return "local";
  }
}
