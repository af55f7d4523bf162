import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { ClientFacts, ConnectionFault, Context } from "../lang/context.ts";
import { localDateMs } from "../lang/log_format_date.ts";
import { jsonAccessLine } from "./json_log.ts";
import { level, levelOf } from "./log_level.ts";
import type { LogSender } from "./log_sender.ts";

/** What ended. A connection that never became a request is logged in another way than a request. */
export type Logged =
  /** Nothing yet: a rule asks for a line (`do-log`). */
  | "under-way"
  /** A request with its answer, whoever gave it. */
  | "exchange"
  /** No valid request came: a bad or late one. */
  | "failed-session"
  /** The connection ended before a session began; the client's fault says why. */
  | "failed-handshake"
  /** The same, and the client had sent nothing. */
  | "silent-handshake"
  /** The connection was closed before a byte of a request was received. */
  | "silent-connection";

/** A transaction as far as logging asks: what `set-log-level` said beside what can be fetched. */
export type LoggedContext = Context & { readonly logLevel?: string | undefined };

/** The access log of one frontend, of one Plan. */
export class AccessLog {
  #senders: readonly LogSender[];

  constructor(private readonly frontend: FrontendPlan, senders: readonly LogSender[]) {
    this.#senders = senders;
  }

  /** False where nothing is ever logged, so that the caller need not gather what a line needs. */
  get enabled(): boolean {
    return this.#senders.length > 0;
  }

  /** Logs what ended, unless an option or `set-log-level silent` says not to. */
  log(cx: LoggedContext, logged: Logged): void {
    if (this.#senders.length === 0) return;
    const logLevel = this.#levelFor(cx, logged);
    if (logLevel === undefined) return;
    let text: string | undefined;
    for (const sender of this.#senders) {
      if (!sender.accepts(logLevel)) continue;
      const { format, length } = sender.target;
      sender.send(
        logLevel,
        format === "json" ? jsonAccessLine(cx, length) : text ??= this.#text(cx, logged),
        cx.now,
      );
    }
  }

  /** Undefined when it is not to be logged. */
  #levelFor(cx: LoggedContext, logged: Logged): number | undefined {
    const { ignoreNull, ignoreNormal, separateErrors } = this.frontend.logOptions;
    if (logged === "under-way") return levelOf(cx.logLevel ?? "info");
    if (logged !== "exchange") {
      if (ignoreNull && isSilent(logged)) return undefined;
      return separateErrors ? level.err : level.info;
    }
    const wrong = wentWrong(cx);
    if (ignoreNormal && !wrong) return undefined;
    if (cx.logLevel !== undefined) return levelOf(cx.logLevel);
    return wrong && separateErrors ? level.err : level.info;
  }

  #text(cx: Context, logged: Logged): string {
    const { logFormat, errorLogFormat } = this.frontend;
    if (!errorLogFormat && cx.client.fault) return this.#faultText(cx.client, cx.client.fault);
    const format = isServed(logged) ? logFormat : errorLogFormat ?? logFormat;
    return format ? format.render(cx) : this.#shortText(cx);
  }

  /** The line of a connection that ended before its session. */
  #faultText(client: ClientFacts, { text }: ConnectionFault): string {
    const { src, srcPort, acceptedAt, listenerName, listenerId } = client;
    const from = src ? `${src}:${srcPort}` : `unix:${listenerId}`;
    const socket = listenerName === "" ? listenerId : listenerName;
    return `${from} [${localDateMs(acceptedAt)}] ${this.frontend.name}/${socket}: ${text}`;
  }

  /** The line of a frontend that names no format. */
  #shortText({ client }: Context): string {
    const { name, mode } = this.frontend;
    const from = client.src ? `${client.src}:${client.srcPort}` : "unix:1";
    const to = client.dst ? `${client.dst}:${client.dstPort}` : `unix:${client.listenerId}`;
    return `Connect from ${from} to ${to} (${name}/${mode.toUpperCase()})`;
  }
}

function isServed(logged: Logged): boolean {
  return logged === "exchange" || logged === "under-way";
}

function isSilent(logged: Logged): boolean {
  return logged === "silent-connection" || logged === "silent-handshake";
}

/**
 * What `dontlog-normal` and `log-separate-errors` call an error: a retry, a redispatch, an answer
 * of 500 or more, or an end that neither side had in mind.
 */
function wentWrong(cx: Context): boolean {
  const { retries, redispatched, terminationState } = cx.log;
  if (redispatched || retries > 0) return true;
  if (cx.response !== undefined && cx.response.status >= 500) return true;
  const cause = terminationState.charCodeAt(0);
  return cause !== 45 /* - */ && cause !== 76 /* L */;
}
