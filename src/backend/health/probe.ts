import { Buffer } from "node:buffer";
import type {
  Connection,
  ConnectionError,
  ConnectionHandler,
  Target,
} from "../../net/connection.ts";
import type { CheckReport } from "../../state/check_report.ts";
import type { Finding } from "./expectation.ts";
import type { CheckServices } from "./services.ts";

/** Milliseconds for the two halves of a check. */
export interface ProbeTimeouts {
  readonly connectMs: number;
  /** From the connection on; undefined where `connectMs` covers the whole check. */
  readonly answerMs: number | undefined;
}

/** What a check does with its connection once it is there. */
export interface Conversation {
  /** Bytes to send; undefined when connecting was all. */
  readonly request: Uint8Array | undefined;
  /** Takes what arrived; a finding ends the check. */
  receive(bytes: Uint8Array): Finding | undefined;
  /** The server has closed. */
  end(): Finding;
}

/** How the system words why a connection failed (`strerror`). */
const errorTexts: Readonly<Record<ConnectionError, string>> = {
  refused: "Connection refused",
  unreachable: "No route to host",
  timeout: "Connection timed out",
  reset: "Connection reset by peer",
  local: "Cannot assign requested address",
};

const nothing = new Uint8Array();

/** One check over one connection: connects, talks, and reports exactly once unless it is stopped. */
export class Probe implements ConnectionHandler {
  #connection: Connection | undefined;
  #open = false;
  #done = false;
  #outgoing: Uint8Array = nothing;
  #sent = 0;
  #stopTimer: (() => void) | undefined;
  readonly #startedAt: number;

  constructor(
    target: Target,
    /** PROXY protocol header to begin with, latin1. */
    private readonly preface: (connection: Connection) => string,
    private readonly conversation: Conversation,
    private readonly timeouts: ProbeTimeouts,
    private readonly services: CheckServices,
    private readonly report: (report: CheckReport) => void,
  ) {
    this.#startedAt = services.now();
    this.#stopTimer = services.schedule(timeouts.connectMs, () => this.#onTimeout());
    this.#connection = services.connect(target, this);
  }

  /** Ends it without a report. */
  stop(): void {
    if (this.#done) return;
    this.#finish();
  }

  onOpen(connection: Connection): void {
    if (this.#done) return connection.reset();
    this.#open = true;
    this.#connection = connection;
    const preface = this.preface(connection);
    const { request } = this.conversation;
    this.#outgoing = preface === ""
      ? request ?? nothing
      : Buffer.concat([Buffer.from(preface, "latin1"), request ?? nothing]);
    if (!request) {
      this.#send();
      return this.#found({ status: "L4OK", code: 0, info: "" });
    }
    const { answerMs } = this.timeouts;
    if (answerMs !== undefined) {
      this.#stopTimer?.();
      this.#stopTimer = this.services.schedule(answerMs, () => this.#onTimeout());
    }
    this.#send();
  }

  onDrain(): void {
    if (!this.#done) this.#send();
  }

  #send(): void {
    const bytes = this.#outgoing;
    if (this.#sent < bytes.length) {
      this.#sent += this.#connection!.write(bytes, this.#sent, bytes.length);
    }
  }

  onData(bytes: Uint8Array): void {
    if (this.#done) return;
    const finding = this.conversation.receive(bytes);
    if (finding) this.#found(finding);
  }

  onEnd(): void {
    if (!this.#done) this.#found(this.conversation.end());
  }

  onClose(error?: ConnectionError): void {
    if (this.#done) return;
    if (!error && this.#open) return this.#found(this.conversation.end());
    const info = error ? errorTexts[error] : "";
    const status = this.#open ? "SOCKERR" : error === "timeout" ? "L4TOUT" : "L4CON";
    this.#found({ status, code: 0, info: status === "L4TOUT" ? "" : info });
  }

  #onTimeout(): void {
    this.#stopTimer = undefined;
    this.#found({ status: this.#open ? "L7TOUT" : "L4TOUT", code: 0, info: "" });
  }

  #found(finding: Finding): void {
    const durationMs = Math.max(0, Math.round(this.services.now() - this.#startedAt));
    this.#finish();
    this.report({ ...finding, durationMs });
  }

  /** A reset spares the server a connection in TIME_WAIT at every check. */
  #finish(): void {
    this.#done = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#connection?.reset();
  }
}
