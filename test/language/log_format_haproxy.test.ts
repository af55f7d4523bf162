import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseLogFormat } from "../../src/lang/log_format.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import type { GatewayProcess } from "../support/child_process.ts";
import { haproxyAvailable, startHaproxy } from "../support/haproxy.ts";
import { SyslogSink } from "../support/syslog_sink.ts";
import { fetchScope } from "./fetch_expression.ts";
import { commonFormats, formatRequest, messageFormats } from "./log_format_cases.ts";

const haproxy = haproxyAvailable();
const deadlineMs = 5000;

function quote(text: string): string {
  return `"${text.replace(/[\\"$]/g, "\\$&")}"`;
}

interface Shown {
  readonly inMessage: string;
  readonly inLog: string;
}

/** One haproxy, a unix socket for each format; each answers with it and logs it. */
class FormatOracle {
  readonly #directory = mkdtempSync(join(tmpdir(), "sluice-format-"));
  readonly #syslog = new SyslogSink();
  #process: GatewayProcess | undefined;

  async start(): Promise<void> {
    await this.#syslog.start();
    const ready = join(this.#directory, "ready.sock");
    const file = join(this.#directory, "haproxy.cfg");
    writeFileSync(
      file,
      [
        "global\n  nbthread 1",
        "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s",
        `  log 127.0.0.1:${this.#syslog.port} format raw local0`,
        ...commonFormats.map((format, i) => this.#frontend(i, format, format)),
        ...messageFormats.map((format, i) =>
          this.#frontend(commonFormats.length + i, format, "none")
        ),
        // Last, because sockets are bound in the order of the file.
        `frontend ready\n  bind unix@${ready}\n  no log`,
        "",
      ].join("\n"),
    );
    this.#process = await startHaproxy(file, { path: ready });
  }

  #frontend(index: number, inMessage: string, inLog: string): string {
    return [
      `frontend f${index}`,
      `  bind unix@${join(this.#directory, `${index}.sock`)}`,
      "  capture request header User-Agent len 30",
      "  capture request header None len 20",
      "  capture response header Server len 9",
      `  log-format ${quote(`<${index}>[${inLog}]`)}`,
      "  http-request return status 200 content-type text/plain lf-string " +
      quote(`[${inMessage}]`),
    ].join("\n");
  }

  async ask(index: number): Promise<Shown> {
    const answer = await exchange(join(this.#directory, `${index}.sock`));
    const lines = await this.#syslog.matching(`<${index}>[`, 1, deadlineMs);
    return {
      inMessage: answer.substring(answer.indexOf("\r\n\r\n") + 4),
      inLog: lines[0]?.replace(/\n$/, "").replace(/^<[0-9]+>/, "") ?? "nothing was logged",
    };
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#syslog.stop();
    rmSync(this.#directory, { recursive: true });
  }
}

function exchange(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      text += chunk;
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = /\r\ncontent-length: ([0-9]+)/i.exec(text.substring(0, end));
      if (text.length >= end + 4 + Number(length?.[1] ?? 0)) socket.end();
    });
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
    socket.write(Buffer.from(formatRequest, "latin1"));
  });
}

function ours(index: number, format: string, use: "log" | "message"): string {
  const forLog = use === "log";
  // HAProxy makes the text of a reply whose status is set already, with the request still there.
  const asksRequest = !forLog && format.includes("[");
  const cx = offlineContext({
    raw: formatRequest,
    src: undefined,
    dst: undefined,
    ...(asksRequest ? {} : { rawResponse: "HTTP/1.1 200 OK\r\n\r\n" }),
    frontend: { name: `f${index}` },
    requestCaptures: ['a "q" ]\\{\u00e9\x01x', undefined],
    responseCaptures: [undefined],
  });
  const scope = fetchScope({ phase: forLog ? "log" : "fe_http_req_hdr" });
  return parseLogFormat(`[${format}]`, scope, { forLog }).render(cx);
}

describe.skipIf(!haproxy.available)("format strings give what the real haproxy gives", () => {
  const oracle = new FormatOracle();
  beforeAll(() => oracle.start());
  afterAll(() => oracle.stop());

  for (const [index, format] of commonFormats.entries()) {
    test(`in a message and in a log: ${format}`, async () => {
      const theirs = await oracle.ask(index);
      expect(ours(index, format, "message")).toBe(theirs.inMessage);
      expect(ours(index, format, "log")).toBe(theirs.inLog);
    });
  }
  for (const [i, format] of messageFormats.entries()) {
    test(`in a message: ${format}`, async () => {
      const index = commonFormats.length + i;
      expect(ours(index, format, "message")).toBe((await oracle.ask(index)).inMessage);
    });
  }
});
