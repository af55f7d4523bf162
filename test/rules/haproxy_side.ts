import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/free_port.ts";
import { startHaproxy } from "../support/haproxy.ts";
import { type RuleCase, splitRule } from "./rule_case.ts";

/** What the proxy did with a message, as text that compares: names lower, hop-by-hop left out. */
export type Observed = string;

const left = new Set(["connection", "content-length", "x-origin", "x-case", "keep-alive"]);

/** Lower-case names, without what belongs to one connection only. */
export function comparableLines(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    return left.has(name) ? [] : [`${name}: ${line.slice(colon + 1).trim()}`];
  });
}

/** Runs every case through one haproxy: a backend each, chosen by a header. */
export async function observeHaproxy(cases: readonly RuleCase[]): Promise<Observed[]> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-rules-"));
  const origin = startOrigin(cases);
  const port = await freePort();
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, configuration(cases, port, origin.port), "latin1");
  const haproxy = await startHaproxy(file, { host: "127.0.0.1", port });
  try {
    const seen: Observed[] = [];
    for (const [i, one] of cases.entries()) seen.push(await ask(port, i, one));
    return seen;
  } finally {
    await haproxy.stop();
    origin.stop(true);
    rmSync(folder, { recursive: true });
  }
}

function configuration(cases: readonly RuleCase[], port: number, origin: number): string {
  const backends = cases.map((one, i) => {
    const rules = one.rules.map((line) => {
      const { ruleSet, words } = splitRule(line);
      return `  ${ruleSet} ${words.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}`;
    });
    return `backend c${i}\n${rules.join("\n")}\n  server o 127.0.0.1:${origin}`;
  });
  return `global
  expose-experimental-directives
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
  timeout tarpit 1ms
frontend fe
  bind 127.0.0.1:${port}
  use_backend %[req.hdr(x-case)]
${backends.join("\n")}
`;
}

/** Answers with the head it received as body, or with the case's own response. */
function startOrigin(cases: readonly RuleCase[]) {
  return Bun.listen<{ text: string }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { text: "" };
      },
      data(socket, bytes) {
        socket.data.text += Buffer.from(bytes).toString("latin1");
        const { text } = socket.data;
        if (!text.includes("\r\n\r\n")) return;
        const id = /\r\nx-case: c([0-9]+)/i.exec(text)?.[1];
        const response = id === undefined ? undefined : cases[Number(id)]?.response;
        const answer = response === undefined
          ? `HTTP/1.1 200 OK\r\nX-Origin: 1\r\nContent-Length: ${text.length}\r\n\r\n${text}`
          : response.replaceAll("\n", "\r\n") + "\r\n\r\n";
        socket.end(Buffer.from(answer, "latin1"));
      },
    },
  });
}

async function ask(port: number, index: number, one: RuleCase): Promise<Observed> {
  const head = requestText(one, [`X-Case: c${index}`, "Connection: close"]);
  const text = await exchange(port, head);
  const end = text.indexOf("\r\n\r\n");
  const [start = "", ...lines] = text.slice(0, end).split("\r\n");
  const body = text.slice(end + 4);
  if (!lines.some((line) => line.toLowerCase() === "x-origin: 1")) {
    return observedReply(start, lines, body);
  }
  const [requestLine = "", ...fields] = body.trimEnd().split("\r\n");
  return observedForward(requestLine, fields);
}

export function observedReply(start: string, lines: readonly string[], body: string): Observed {
  return ["reply", start.replace(/^HTTP\/1\.[01] /, ""), ...comparableLines(lines), "", body]
    .join("\n");
}

export function observedForward(requestLine: string, fields: readonly string[]): Observed {
  return ["forward", requestLine.replace(/ HTTP\/1\.[01]$/, ""), ...comparableLines(fields)]
    .join("\n");
}

/** The head of a case's request, ended. */
export function requestText(one: RuleCase, more: readonly string[]): string {
  const lines = [
    `${one.request ?? "GET /"} HTTP/1.1`,
    `Host: ${one.host ?? "h.tld"}`,
    ...(one.headers?.split("\n") ?? []),
    ...more,
  ];
  return lines.join("\r\n") + "\r\n\r\n";
}

function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const connecting = Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => void socket.write(Buffer.from(request, "latin1")),
        data: (_socket, bytes) => void (received += Buffer.from(bytes).toString("latin1")),
        close: () => resolve(received),
        error: (_socket, error) => reject(error),
      },
    });
    connecting.catch(reject);
  });
}
