import { Buffer } from "node:buffer";
import type {
  CheckPlan,
  CheckStep,
  ConnectStep,
  ExpectStep,
  Finding,
  SendHttpStep,
  SendStep,
} from "../../config/check_plan.ts";
import { bytesOfHex } from "../../config/hex_bytes.ts";
import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { ConnectionError } from "../../net/connection.ts";
import type { CheckReport } from "../../state/check_report.ts";
import { checkProxyHeader, checkSendsProxy } from "../send_proxy.ts";
import { type CheckContext, checkContext, textOf } from "./check_context.ts";
import { CheckLink, type LinkUser } from "./check_link.ts";
import { checkRequest } from "./check_request.ts";
import { checkTarget } from "./check_target.ts";
import { judgeAnswer, type Judgement, judgeReceived } from "./expectation.ts";
import { broken, notConnected, passed, silent, timedOut, unmet, unsendable } from "./finding.ts";
import { HttpAnswer } from "./http_answer.ts";
import { serverStateHeader } from "./send_state.ts";
import type { CheckServices } from "./services.ts";
import { infoOf } from "./step_text.ts";

/** Bytes received that expectations see: one buffer of HAProxy's. */
const receivedBytesMax = 16384;

/** Milliseconds for the two halves of a check on one connection. */
export interface CheckTimeouts {
  readonly connectMs: number;
  /** From the connection on; undefined where `connectMs` covers the whole check. */
  readonly answerMs: number | undefined;
}

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
    if (!this.#link?.isOpen) {
      return this.#found(notConnected(this.#kind, this.#current, error ?? "refused"));
    }
    this.#ended = true;
    this.#error ??= error;
    this.#answer?.end();
    this.#awaken();
  }

  get #kind(): CheckPlan["kind"] {
    return this.backend.check.kind;
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
    else if (this.#error) this.#found(broken(this.#kind, this.#current, this.#error));
  }

  #advance(): void {
    while (!this.#done) {
      const step = this.#steps[this.#at];
      if (!step) return this.#found(this.#allDone());
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
    return bytes === undefined ? unsendable(step) : this.#write(bytes);
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
    return judgement.kind === "found"
      ? judgement.finding
      : unmet(this.#kind, step, judgement, this.#cx);
  }

  /** A reset behind data is not looked at: what came decides. */
  #judge(step: ExpectStep): Judgement {
    const { answered } = this.#cx;
    if (answered === "" && !this.#ended) return "later";
    if (answered === "") {
      const finding = this.#error ? broken(this.#kind, step, this.#error) : silent(step);
      return { kind: "found", finding };
    }
    const last = this.#ended || answered.length >= receivedBytesMax;
    return judgeReceived(step, answered, last, this.#cx);
  }

  #judgeAnswer(step: ExpectStep, answer: HttpAnswer): Judgement {
    if (answer.state === "head") return "later";
    if (answer.state === "invalid") {
      const finding = this.#error && answer.head.status === 0
        ? broken(this.#kind, step, this.#error)
        : { status: "L7RSP", code: 0, info: "" } as const;
      return { kind: "found", finding };
    }
    this.#code = answer.head.status;
    return this.#leaving ? "met" : judgeAnswer(step, answer, this.#cx);
  }

  #allDone(): Finding {
    return this.#leaving
      ? { status: "L7OKC", code: this.#code, info: "" }
      : passed(this.#kind, this.#current, this.#code, this.#cx);
  }

  /** `disable-on-404`: the server wants no new clients. */
  get #leaving(): boolean {
    return this.#code === 404 && this.backend.check.disableOn404 &&
      this.server.state.operational !== "stopped";
  }

  #limit(ms: number): void {
    this.#stopTimer?.();
    this.#stopTimer = this.services.schedule(ms, () => this.#timedOut());
  }

  #timedOut(): void {
    this.#stopTimer = undefined;
    if (!this.#link?.isOpen) return this.#found(notConnected(this.#kind, this.#current, "timeout"));
    this.#found(timedOut(this.#kind, this.#current));
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
