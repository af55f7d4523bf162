import { Buffer } from "node:buffer";
import type { ControlLevel } from "../config/control_plan.ts";
import { controlLevels } from "../config/control_plan.ts";
import { setImmediate } from "node:timers";
import { clock } from "../net/clock.ts";
import type { Connection, ConnectionHandler } from "../net/connection.ts";
import { flushOutbox, Outbox, type OutboxOwner } from "../net/outbox.ts";
import { type Timed, timers } from "../net/timers.ts";
import { commandTable } from "./catalog.ts";
import { type CommandLine, CommandReader } from "./command_line.ts";
import type { Answer, SessionFacts, SessionStep } from "./command_spec.ts";
import type { ControlHost } from "./control_host.ts";
import { helpText } from "./help.ts";

/** Commands that run before others have a turn: a client may send as many as it can. */
const commandsPerTurnMax = 32;

/** Floods are mostly of these. */
const emptyCommandText = helpText(commandTable.commands, []);

/** What a session needs of whoever accepted it. */
export interface SessionOwner {
  readonly host: ControlHost;
  left(session: ControlSession): void;
  /** Answers `_getsocks`: handles the connection from here on, or closes it. */
  handOver(connection: Connection): void;
}

/**
 * One client of a runtime command socket. Commands run one after the other; while one does, and while
 * an answer waits for the client to read it, nothing more is read.
 */
export class ControlSession implements ConnectionHandler, OutboxOwner, SessionFacts, Timed {
  deadline = Infinity;
  slot = Infinity;
  place = 0;
  readonly #out: Outbox;
  readonly #reader = new CommandReader();
  #interactive = false;
  #ended = false;
  #running = false;
  #blocked = false;
  #closed = false;

  constructor(
    readonly connection: Connection,
    private readonly owner: SessionOwner,
    public level: ControlLevel,
    private timeoutMs: number,
  ) {
    this.#out = new Outbox(this);
    this.#out.connection = connection;
    timers.set(this, timeoutMs);
  }

  onData(bytes: Uint8Array): void {
    timers.set(this, this.timeoutMs);
    this.#reader.add(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"));
    void this.#run();
  }

  onEnd(): void {
    this.#ended = true;
    void this.#run();
  }

  onDrain(): void {
    timers.set(this, this.timeoutMs);
    this.#blocked = !this.#out.drain();
    if (!this.#blocked) void this.#run();
  }

  outputWaits(): void {
    this.#blocked = true;
  }

  onClose(): void {
    this.#leave();
  }

  fire(): void {
    this.close();
  }

  close(): void {
    this.#leave();
    this.connection.close();
  }

  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    timers.forget(this);
    this.#out.discard();
    this.owner.left(this);
  }

  /** Goes through what the client has sent so far. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    this.connection.pause();
    try {
      for (let steps = 1; !this.#closed && !this.#blocked; steps++) {
        if (await this.#step() === "wait") break;
        if (steps % commandsPerTurnMax === 0) await new Promise((turn) => setImmediate(turn));
      }
    } finally {
      this.#running = false;
    }
    if (!this.#closed && !this.#blocked) this.connection.resume();
  }

  async #step(): Promise<"again" | "wait"> {
    const reading = this.#reader.next();
    switch (reading.kind) {
      case "command":
        this.#apply(await this.#answer(reading.command));
        this.#finishCommand();
        return "again";
      case "too-long":
        this.#finish();
        return "wait";
      case "incomplete":
        // HAProxy does not wait for more commands of a client that is not interactive.
        if (this.#ended) this.#finish();
        return "wait";
      default:
        return reading satisfies never;
    }
  }

  async #answer({ words, payload }: CommandLine): Promise<Answer> {
    if (words.length === 0) return emptyCommandText;
    const found = commandTable.find(words);
    if (!found) return helpText(commandTable.commands, words);
    const { command, args } = found;
    if (controlLevels.indexOf(this.level) < controlLevels.indexOf(command.level)) {
      return "Permission denied\n";
    }
    return await command.run({ args, payload, session: this, host: this.owner.host });
  }

  #apply(answer: Answer): void {
    if (this.#closed) return;
    if (typeof answer === "string") this.#out.text(answer);
    else this.#take(answer);
  }

  #take(step: SessionStep): void {
    switch (step.kind) {
      case "quit":
        return this.#finish();
      case "toggle-prompt":
        this.#interactive = !this.#interactive;
        return;
      case "level":
        this.level = step.level;
        return;
      case "timeout":
        this.timeoutMs = step.ms;
        timers.set(this, step.ms);
        return;
      case "hand-over":
        this.#leave();
        this.connection.resume();
        return this.owner.handOver(this.connection);
      default:
        return step satisfies never;
    }
  }

  #finishCommand(): void {
    if (this.#closed) return;
    clock.tick();
    this.#out.text(this.#interactive ? "\n> " : "\n");
    this.#out.flush();
    flushOutbox();
    if (!this.#interactive && this.#reader.pending === 0) this.#finish();
  }

  /** Closes once the client has been sent everything. */
  #finish(): void {
    if (this.#closed) return;
    if (this.#blocked) {
      this.#ended = true;
      return;
    }
    this.#out.flush();
    this.close();
  }
}
