import { Buffer } from "node:buffer";
import type {
  CheckStep,
  ConnectStep,
  ExpectStep,
  Finding,
  SendHttpStep,
  SendStep,
} from "../../config/check_plan.ts";
import { bytesOfHex } from "../../config/hex_bytes.ts";
import type { BackendPlan, ServerPlan } from "../../config/plan.ts";
import type { ConnectionError } from "../../net/connection.ts";
import type { CheckReport } from "../../state/check_report.ts";
import { checkProxyHeader, checkSendsProxy } from "../send_proxy.ts";
import { type CheckContext, checkContext, textOf } from "./check_context.ts";
import { CheckLink, type LinkUser } from "./check_link.ts";
import { checkRequest } from "./check_request.ts";
import { checkTarget } from "./check_target.ts";
import { judgeAnswer, type Judgement, judgeReceived } from "./expectation.ts";
import { HttpAnswer } from "./http_answer.ts";
import { serverStateHeader } from "./send_state.ts";
import type { CheckServices } from "./services.ts";
import { infoOf, mismatchText, stepText } from "./step_text.ts";

/** Bytes received that expectations see: one buffer of HAProxy's. */
const receivedBytesMax = 16384;

/** Milliseconds for the two halves of a check on one connection. */
export interface CheckTimeouts {
  readonly connectMs: number;
  /** From the connection on; undefined where `connectMs` covers the whole check. */
  readonly answerMs: number | undefined;
}

/** How the system words why a connection failed (`strerror`). */
const errorTexts: Readonly<Record<ConnectionError, string>> = {
  refused: "Connection refused",
  unreachable: "No route to host",
  timeout: "Connection timed out",
  reset: "Connection reset by peer",
  local: "Cannot assign requested address",
};

/** What a step came to. */
type Progress = "on" | "waiting" | Finding;

/** One check: goes through its steps and reports exactly once, unless it is stopped. */
export class CheckRun implements LinkUser {
  #link: CheckLink | undefined;
  #at = 0;
  /** The last step on the connection, for messages. */
  #current: CheckStep;
  #sending = false;
  #ended = false;
  #error: ConnectionError | undefined;
  #answer: HttpAnswer | undefined;
  /** The status of an HTTP answer, or what `status-code` says. */
  #code = 0;
  #done = false;
  #stopTimer: (() => void) | undefined;
  readonly #cx: CheckContext;
  readonly #startedAt: number;

  constructor(
    private readonly backend: BackendPlan,
    private readonly server: ServerPlan,
    private readonly timeouts: CheckTimeouts,
    private readonly services: CheckServices,
    private readonly report: (report: CheckReport) => void,
  ) {
    this.#startedAt = services.now();
    this.#cx = checkContext(backend, server, services);
    this.#current = this.#steps[0]!;
    this.#advance();
  }

  /** Ends it without a report. */
  stop(): void {
    if (!this.#done) this.#finish();
  }

  opened(link: CheckLink): void {
    const { answerMs } = this.timeouts;
    if (answerMs !== undefined) this.#limit(answerMs);
    const step = this.#current as ConnectStep;
    this.#at++;
    const proxied = step.sendProxy || step.usesServer && checkSendsProxy(this.server);
    const header = proxied ? checkProxyHeader(this.server, link.connection!) : "";
    if (header === "" || link.send(header)) this.#advance();
    else this.#sending = true;
  }

  received(bytes: Uint8Array): void {
    if (this.#answer) this.#answer.take(bytes);
    else this.#keep(bytes);
    this.#awaken();
  }

  drained(): void {
    this.#sending = false;
    this.#advance();
  }

  ended(error: ConnectionError | undefined): void {
    if (!this.#link?.isOpen) return this.#found(this.#notConnected(error ?? "refused"));
    this.#ended = true;
    this.#error ??= error;
    this.#answer?.end();
    this.#awaken();
  }

  get #steps(): readonly CheckStep[] {
    return this.backend.check.steps;
  }

  #keep(bytes: Uint8Array): void {
    const room = receivedBytesMax - this.#cx.answered.length;
    this.#cx.answered += Buffer.from(bytes).toString("latin1", 0, Math.min(room, bytes.length));
  }

  /** Something came on the connection: an expectation may wait for it. */
  #awaken(): void {
    if (this.#steps[this.#at]?.kind === "expect") this.#advance();
    else if (this.#error) this.#found(this.#broken(this.#error));
  }

  #advance(): void {
    while (!this.#done) {
      const step = this.#steps[this.#at];
      if (!step) return this.#found(this.#passed(this.#current));
      const progress = this.#run(step);
      if (progress === "waiting") return;
      if (progress !== "on") return this.#found(progress);
      this.#at++;
    }
  }

  #run(step: CheckStep): Progress {
    if (step.kind === "set") {
      step.run(this.#cx);
      return "on";
    }
    this.#current = step;
    switch (step.kind) {
      case "connect":
        return this.#connect(step);
      case "send":
        return this.#send(step);
      case "send-http":
        return this.#ask(step);
      case "expect":
        return this.#expect(step);
    }
  }

  #connect(step: ConnectStep): Progress {
    this.#link?.close();
    this.#cx.answered = "";
    this.#answer = undefined;
    this.#ended = false;
    this.#error = undefined;
    this.#limit(this.timeouts.connectMs);
    const target = checkTarget(this.server, step, this.#cx);
    this.#link = new CheckLink(target, step.linger, this, this.services);
    return "waiting";
  }

  #send(step: SendStep): Progress {
    const text = textOf(step.data, this.#cx);
    const bytes = step.hex ? bytesOfHex(text) : text;
    if (bytes === undefined) {
      const info = `tcp-check send : failed to build log-format string at step ${step.id}`;
      return { status: "L7RSP", code: 0, info };
    }
    return this.#write(bytes);
  }

  #ask(step: SendHttpStep): Progress {
    const { backend, server, services } = this;
    this.#answer = new HttpAnswer(step.method);
    this.#cx.response = this.#answer.head;
    const state = backend.check.sendState
      ? serverStateHeader(backend, server, services.node)
      : undefined;
    return this.#write(checkRequest(step, state, this.#cx));
  }

  /** What came before belongs to what was sent before. */
  #write(bytes: string): Progress {
    this.#cx.answered = "";
    if (bytes === "" || this.#link!.send(bytes)) return "on";
    this.#sending = true;
    this.#at++;
    return "waiting";
  }

  #expect(step: ExpectStep): Progress {
    if (this.#sending) return "waiting";
    const judgement = this.#answer ? this.#judgeAnswer(step, this.#answer) : this.#judge(step);
    if (judgement === "met") return "on";
    if (judgement === "later") {
      this.#at = step.resumeAt;
      return "waiting";
    }
    return judgement.kind === "found" ? judgement.finding : this.#unmet(step, judgement);
  }

  #judge(step: ExpectStep): Judgement {
    const { answered: received } = this.#cx;
    if (received === "") return this.#ended ? this.#silence(step) : "later";
    return judgeReceived(
      step,
      received,
      this.#ended || received.length >= receivedBytesMax,
      this.#cx,
    );
  }

  /** A reset behind data is not looked at: what came decides. */
  #silence(step: ExpectStep): Judgement {
    if (this.#error) return { kind: "found", finding: this.#broken(this.#error) };
    const comment = step.comment === undefined ? "" : ` comment: '${step.comment}'`;
    const info = `TCPCHK got an empty response at step ${step.id}${comment}`;
    return { kind: "found", finding: { status: step.errorStatus ?? "L7RSP", code: 0, info } };
  }

  #judgeAnswer(step: ExpectStep, answer: HttpAnswer): Judgement {
    if (answer.state === "head") return "later";
    if (answer.state === "invalid") {
      if (this.#error && answer.head.status === 0) {
        return { kind: "found", finding: this.#broken(this.#error) };
      }
      return { kind: "found", finding: { status: "L7RSP", code: 0, info: "" } };
    }
    this.#code = answer.head.status;
    return this.#leaving ? "met" : judgeAnswer(step, answer, this.#cx);
  }

  /** `disable-on-404`: the server wants no new clients. */
  get #leaving(): boolean {
    return this.#code === 404 && this.backend.check.disableOn404 &&
      this.server.state.operational !== "stopped";
  }

  #unmet(
    step: ExpectStep,
    { status, info, code }: Exclude<Judgement, string> & { kind: "unmet" },
  ): Finding {
    const generic = this.backend.check.kind === "tcp-check" ? mismatchText(step) : "";
    const own = step.onError === undefined ? generic : textOf(step.onError, this.#cx);
    const text = step.onError === undefined ? info ?? own : own;
    const comment = step.comment === undefined ? "" : ` comment: ${step.comment}`;
    return { status, code: step.statusCode?.(this.#cx) ?? code, info: text + comment };
  }

  #passed(step: CheckStep): Finding {
    const generic = this.backend.check.kind === "tcp-check" ? "(tcp-check)" : "";
    switch (step.kind) {
      case "connect":
        return { status: "L4OK", code: 0, info: step.id === 0 ? "" : generic };
      case "expect": {
        if (this.#leaving) return { status: "L7OKC", code: this.#code, info: "" };
        const info = step.onSuccess === undefined ? generic : textOf(step.onSuccess, this.#cx);
        const code = step.statusCode?.(this.#cx) ?? this.#code;
        return { status: step.okStatus ?? "L7OK", code, info };
      }
      case "send":
      case "send-http":
      case "set":
        return { status: "L7OK", code: 0, info: generic };
    }
  }

  #notConnected(error: ConnectionError): Finding {
    const where = stepText(this.backend.check.kind, this.#current);
    return error === "timeout"
      ? { status: "L4TOUT", code: 0, info: where }
      : { status: "L4CON", code: 0, info: errorTexts[error] + where };
  }

  #broken(error: ConnectionError): Finding {
    const where = stepText(this.backend.check.kind, this.#current);
    return { status: "SOCKERR", code: 0, info: errorTexts[error] + where };
  }

  #limit(ms: number): void {
    this.#stopTimer?.();
    this.#stopTimer = this.services.schedule(ms, () => this.#timedOut());
  }

  #timedOut(): void {
    this.#stopTimer = undefined;
    if (!this.#link?.isOpen) return this.#found(this.#notConnected("timeout"));
    const step = this.#current;
    const own = step.kind === "expect" ? step.timeoutStatus : undefined;
    const info = stepText(this.backend.check.kind, step);
    this.#found({ status: own ?? "L7TOUT", code: 0, info });
  }

  #found({ status, code, info }: Finding): void {
    const durationMs = Math.max(0, Math.round(this.services.now() - this.#startedAt));
    this.#finish();
    this.report({ status, code, info: infoOf(info), durationMs });
  }

  #finish(): void {
    this.#done = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#link?.close();
  }
}
