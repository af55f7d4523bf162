import type { ControlSockets } from "../control/control_sockets.ts";
import type { ClientListener } from "../proxy/listener.ts";
import type { Gateway } from "../proxy/gateway.ts";
import { CloseSpread } from "../proxy/close_spread.ts";
import { type FreezeLimits, type FrozenConnections, Mover } from "../proxy/move/mover.ts";
import { level } from "../observe/log_level.ts";
import { processFacts } from "../proxy/process_facts.ts";
import type { GivenListener, Predecessor, StatePart } from "./hand_over.ts";
import { PatternNews } from "./pattern_news.ts";
import { type ConnectionCounts, noteElsewhere, ownConnections } from "./shared_connections.ts";
import { StateNews } from "./state_news.ts";
import { type Answers, ownAnswers } from "./trial.ts";

/** A gateway that serves, as one that can be taken over. */
export class RunningGateway implements Predecessor {
  readonly #listeners = new Map<ClientListener, number>();
  #mover: Mover | undefined;
  #news: StateNews | undefined;
  #patterns: PatternNews | undefined;
  /** The time for leaving is over. */
  #cutting = false;

  constructor(
    private readonly gateway: Gateway,
    private readonly control: ControlSockets,
    private readonly say: (severity: number, text: string) => void,
    private readonly capabilities: readonly string[],
    /** µs of a clock that all processes share. */
    private readonly now: () => number,
  ) {
    for (const listener of gateway.listeners) {
      this.#listeners.set(listener, this.#listeners.size + 1);
    }
  }

  listeners(): GivenListener[] {
    const all = [...this.#listeners.keys(), ...this.control.listeners];
    return all.map(({ fd, bind: { address, socket } }, i) => ({
      id: i + 1,
      fd,
      namespace: socket.namespace ?? "",
      interface: socket.interface ?? "",
      inherited: address.kind === "fd" ? address.fd : undefined,
    })).filter(({ fd }) => fd >= 0);
  }

  *state(): Iterable<StatePart> {
    const { state } = this.gateway;
    this.#news = new StateNews(state, this.now);
    yield* this.#news.beforeServing();
    if (this.capabilities.includes("patterns/1")) {
      this.#patterns = new PatternNews(state.patterns, this.now, "theirs");
      yield* this.#patterns.all();
    } else if (state.patterns.all().some(({ hasChanged }) => hasChanged)) {
      this.say(
        level.warning,
        "the new process starts with lists and maps as their files have them",
      );
    }
  }

  stateSince(): Iterable<StatePart> {
    return [...this.#news?.beforeServing() ?? [], ...this.#patterns?.news() ?? []];
  }

  news(): Iterable<StatePart> {
    return [...this.#news?.whileServing() ?? [], ...this.#patterns?.news() ?? []];
  }

  learn(part: StatePart): void {
    this.#news?.orders.learn([part]);
    this.#patterns?.learn([part]);
  }

  endNews(): void {
    this.#patterns?.end();
    this.#news?.orders.end();
    this.#patterns = undefined;
    this.#news = undefined;
  }

  connections(): ConnectionCounts {
    return ownConnections(this.gateway.state);
  }

  noteElsewhere(counts: ConnectionCounts): void {
    noteElsewhere(this.gateway.state, counts);
  }

  stopAccepting(unused: readonly number[]): void {
    this.gateway.rest(new Set(this.#numbered(unused)));
    this.control.rest();
  }

  acceptAgain(): void {
    Promise.all([this.gateway.accept(), this.control.accept()])
      .catch((error) => this.say(level.err, `cannot accept again: ${error}`));
  }

  async startMoving(unused: readonly number[]): Promise<void> {
    const { gateway, capabilities } = this;
    const understands = (what: string) => capabilities.includes(`${what}/1`);
    const leaving = new CloseSpread(gateway.plan.global.closeSpreadMs);
    this.#mover = new Mover(
      this.#listeners,
      gateway.idle,
      understands,
      new Set(unused),
      leaving,
    );
    await Promise.all(this.#numbered(unused).map((listener) => listener.pause()));
  }

  #numbered(numbers: readonly number[]): ClientListener[] {
    const of = new Set(numbers);
    return [...this.#listeners].filter(([, number]) => of.has(number)).map(([one]) => one);
  }

  answers(): Answers {
    return ownAnswers();
  }

  freeze(limits: FreezeLimits): FrozenConnections | undefined {
    return this.#mover?.freeze(limits);
  }

  letGo(ids: readonly number[]): void {
    this.#mover?.letGo(ids);
  }

  thaw(ids: readonly number[], why: "taken back" | "refused"): void {
    this.#mover?.thaw(ids, why);
  }

  left(): number {
    return processFacts.openConnections;
  }

  staying(): ReadonlyMap<string, number> {
    return this.#mover?.staying() ?? new Map();
  }

  endAll(): void {
    if (!this.#cutting) {
      this.say(level.warning, "soft-stop running for too long, performing a hard-stop.");
    }
    this.#cutting = true;
    for (const listener of this.#listeners.keys()) listener.closeAll();
  }
}
