import type { Exchange } from "./exchange.ts";
import { sendReply } from "./reply_phase.ts";

/** `redir PREFIX` on a server line: GET and HEAD are sent there by a 302; false for others. */
export function redirectToServer(x: Exchange, prefix: string): boolean {
  const head = x.request!;
  if (head.method !== "GET" && head.method !== "HEAD") return false;
  x.terminate("LR");
  sendReply(x, {
    status: 302,
    reason: "Found",
    headers: [["Cache-Control", "no-cache"], ["Location", prefix + (head.pathq ?? "/")]],
    body: "",
    close: false,
  });
  return true;
}
