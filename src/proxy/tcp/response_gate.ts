import type { RuleSet } from "../../rules/rule_set.ts";
import { flushOutbox } from "../../net/outbox.ts";
import type { Pipe, PipeGate } from "../pipe.ts";
import { countDenied } from "../counting.ts";
import { Inspection, type Verdict } from "./inspection.ts";
import { ReceivedBytes } from "./received_bytes.ts";
import type { TcpStream } from "./tcp_stream.ts";

/** Holds back what a server sends until `tcp-response content` rules have let it pass. */
export class ResponseGate implements PipeGate {
  readonly #received: ReceivedBytes;
  readonly #inspection: Inspection;

  constructor(
    private readonly stream: TcpStream,
    private readonly pipe: Pipe,
    rules: RuleSet,
    delayMs: number | undefined,
  ) {
    this.#received = new ReceivedBytes(stream.plan.global.headBytesMax);
    stream.responseBuffer = this.#received;
    this.#inspection = new Inspection(
      stream,
      rules,
      this.#received,
      delayMs,
      (verdict) => this.#obey(verdict),
    );
  }

  begin(): void {
    this.pipe.server.gate = this;
    this.#inspection.look();
  }

  get full(): boolean {
    return this.#received.full;
  }

  readonly throttle = undefined;
  readonly holds = true;

  take(bytes: Uint8Array): void {
    this.#received.add(bytes);
    this.#inspection.look();
  }

  ended(): void {
    this.#received.ended = true;
    this.#inspection.look();
  }

  stop(): void {
    this.#inspection.stop();
  }

  #obey(verdict: Verdict): void {
    const { stream, pipe } = this;
    pipe.server.gate = undefined;
    switch (verdict) {
      case "continue":
      case "accept":
        // What a server has said before it is cut off goes to the client at once.
        if (stream.demanded !== "close-server") stream.slowDown(pipe);
        this.#received.release((piece) => pipe.server.pass(piece));
        stream.responseBuffer = undefined;
        if (stream.demanded !== "close-server") return pipe.settle();
        pipe.end("closed");
        return flushOutbox();
      case "abort":
      case "drop":
      case "reply":
      case "error":
        stream.dropsClient = verdict === "drop";
        stream.terminate("PD");
        countDenied(stream);
        pipe.end("stopped");
        flushOutbox();
    }
  }
}
