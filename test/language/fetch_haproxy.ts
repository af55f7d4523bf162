import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHaproxy } from "../support/haproxy.ts";

/** One haproxy that answers what fetches give, each on a unix socket of its own. */
export interface FetchOracle {
  /** The text of the fetch, as a format string shows it; undefined without a sample. */
  ask(fetch: string, request: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Quotes a word of a configuration line. */
function quote(text: string): string {
  return `"${text.replace(/[\\"$]/g, "\\$&")}"`;
}

export async function startOracle(fetches: readonly string[]): Promise<FetchOracle> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-fetch-"));
  const socketOf = (fetch: string) => join(directory, `${fetches.indexOf(fetch)}.sock`);
  const ready = join(directory, "ready.sock");
  const sections = fetches.map((fetch, i) =>
    [
      `frontend f${i}`,
      `  bind unix@${socketOf(fetch)}`,
      "  option http-buffer-request",
      // The capture makes haproxy remember the request line.
      "  log-format %r",
      `  http-request set-var(txn.v) ${quote(fetch)}`,
      "  http-request return status 204 if !{ var(txn.v) -m found }",
      // Not from the variable: it would turn a method that haproxy does not know into OPTIONS.
      `  http-request return status 200 content-type text/plain lf-string ${
        quote(`[%[${fetch}]]`)
      }`,
    ].join("\n")
  );
  const file = join(directory, "haproxy.cfg");
  writeFileSync(
    file,
    [
      "global\n  nbthread 1",
      "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s",
      "userlist ul\n  group g1 users u1\n  user u1 insecure-password p1",
      ...sections,
      // Last, because sockets are bound in the order of the file.
      `frontend ready\n  bind unix@${ready}`,
      "",
    ].join("\n"),
  );
  const process = await startHaproxy(file, { path: ready });
  return {
    async ask(fetch, request) {
      const answer = await exchange(socketOf(fetch), request);
      const status = answer.substring(9, 12);
      if (status === "204") return undefined;
      if (status !== "200") throw new Error(`haproxy answered ${answer.substring(0, 40)}`);
      return answer.substring(answer.indexOf("\r\n\r\n") + 5, answer.length - 1);
    },
    async stop() {
      await process.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Sends a request and reads one answer. */
function exchange(path: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      text += chunk;
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = /\r\ncontent-length: ([0-9]+)/i.exec(text.substring(0, end));
      const whole = end + 4 + Number(length?.[1] ?? 0);
      if (text.length >= whole) socket.end();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
    socket.write(Buffer.from(request, "latin1"));
  });
}
