import { type Libc, monotonicMicros } from "../../ffi/mod.ts";
import type { BindPlan } from "../config/bind_plan.ts";
import type { Plan } from "../config/plan.ts";
import { level } from "../observe/log_level.ts";
import type { Gateway, Inheritance } from "../proxy/gateway.ts";
import type { ClientListener } from "../proxy/listener.ts";
import { Arrivals } from "../proxy/move/arrivals.ts";
import type { MovedDescription } from "../proxy/move/description.ts";
import type { EndpointSockets } from "./endpoint.ts";
import { GivenSockets } from "./given_sockets.ts";
import type { StatePart } from "./hand_over.ts";
import type { Says } from "./message.ts";
import { type ConnectionCounts, noteElsewhere, ownConnections } from "./shared_connections.ts";
import { PatternHeritage } from "./pattern_heritage.ts";
import { PatternNews } from "./pattern_news.ts";
import { OrdersNews } from "./server_orders.ts";
import { StateHeritage } from "./state_heritage.ts";
import type { Refusal, Successor, TakenListener } from "./take_over.ts";
import { type Answers, ownAnswers } from "./trial.ts";

/** What the process that starts does for a takeover. */
export interface SuccessorSteps {
  /** Makes the configuration live with what is inherited; says why it can't. */
  apply(inheritance: Inheritance): Promise<string | undefined>;
  /** Begins to accept; throws when it can't. */
  accept(): Promise<void>;
  /** Makes this process the one that is found; `sockets` are the endpoint's if the other one gave them. */
  settle(sockets: EndpointSockets | undefined): Promise<void>;
  say(severity: number, text: string): void;
}

/** A gateway that starts, and goes on with what another process had. */
export class StartingGateway implements Successor {
  #arrivals: Arrivals | undefined;
  #endpoint: EndpointSockets | undefined;
  readonly #heritage: StateHeritage;
  /** From when on it serves. */
  #serving: { readonly orders: OrdersNews; readonly patterns: PatternNews } | undefined;
  #patterns: PatternHeritage | undefined;

  constructor(
    private readonly libc: Libc,
    private readonly gateway: Gateway,
    private readonly plan: Plan,
    private readonly steps: SuccessorSteps,
  ) {
    this.#heritage = new StateHeritage(gateway.state.clock);
  }

  async inherit(taken: readonly TakenListener[], state: readonly StatePart[]) {
    this.#endpoint = endpointOf(taken);
    const listeners = taken.filter(({ endpoint }) => endpoint === undefined);
    const given = await GivenSockets.create(this.libc, listeners, this.plan);
    const ids = new Map(listeners.map(({ fd, id }) => [fd, id]));
    const used = new Map<number, BindPlan>();
    const fault = await this.steps.apply({
      socketOf: (bind) => {
        const fd = given.socketOf(bind);
        if (fd !== undefined) used.set(ids.get(fd)!, bind);
        return fd;
      },
      listens: "once it accepts",
      learn: (plan, patterns) => {
        this.#heritage.begin(plan, state);
        this.#patterns = new PatternHeritage(patterns);
        this.#patterns.learn(state);
      },
    });
    if (fault !== undefined) return { failed: { reason: "configuration", text: fault } };
    given.closeUnused();
    const close = (fd: number) => void this.libc.close(fd);
    this.#arrivals = new Arrivals(close, this.gateway, this.#listenersById(used));
    return { unused: listeners.map(({ id }) => id).filter((id) => !used.has(id)) };
  }

  connections(): ConnectionCounts {
    return ownConnections(this.gateway.state);
  }

  noteElsewhere(counts: ConnectionCounts): void {
    noteElsewhere(this.gateway.state, counts);
  }

  learn(part: StatePart): void {
    const { plan } = this.gateway;
    if (!this.#serving) {
      this.#heritage.learn(plan, [part], "before serving");
      this.#patterns?.learn([part]);
      return;
    }
    this.#heritage.learn(plan, [part], "while serving");
    this.#serving.orders.learn([part]);
    this.#serving.patterns.learn([part]);
  }

  news(): Iterable<StatePart> {
    if (!this.#serving) return [];
    return [...this.#serving.orders.news(), ...this.#serving.patterns.news()];
  }

  endNews(): void {
    this.#serving?.patterns.end();
    this.#serving?.orders.end();
  }

  answers(): Answers {
    return ownAnswers();
  }

  async accept(): Promise<Refusal | undefined> {
    const { state } = this.gateway;
    const now = () => monotonicMicros(this.libc);
    this.#serving = {
      orders: new OrdersNews(state, now, "own"),
      patterns: new PatternNews(state.patterns, now, "own"),
    };
    for (const loss of this.#patterns?.losses() ?? []) this.steps.say(level.warning, loss);
    this.#patterns = undefined;
    try {
      await this.steps.accept();
      return undefined;
    } catch (error) {
      return { reason: "accept", text: String(error) };
    }
  }

  settle(): Promise<void> {
    const sockets = this.#endpoint;
    this.#endpoint = undefined;
    return this.steps.settle(sockets);
  }

  /** The takeover is over: an endpoint that is the other process's yet must not wait for anybody here. */
  close(): void {
    const { control, descriptors } = this.#endpoint ?? {};
    for (const fd of [control, descriptors]) if (fd !== undefined) this.libc.close(fd);
    this.#endpoint = undefined;
  }

  prepare(
    moved: readonly MovedDescription[],
    fds: readonly number[],
    bytes: Uint8Array,
  ): Says<"prepared">["refused"] {
    return this.#arrivals!.prepare(moved, fds, bytes);
  }

  activate(): void {
    this.#arrivals!.activate();
  }

  forget(): void {
    this.#arrivals!.forget();
  }

  /** The listener that goes on with each socket of the other process. */
  #listenersById(used: ReadonlyMap<number, BindPlan>): Map<number, ClientListener> {
    const byBind = new Map([...this.gateway.listeners].map((one) => [one.bind, one]));
    const byId = new Map<number, ClientListener>();
    for (const [id, bind] of used) {
      const listener = byBind.get(bind);
      if (listener) byId.set(id, listener);
    }
    return byId;
  }
}

/** The endpoint's sockets among those that came; undefined unless both did. */
function endpointOf(taken: readonly TakenListener[]): EndpointSockets | undefined {
  const of = (socket: TakenListener["endpoint"]) =>
    taken.find(({ endpoint }) => endpoint === socket)?.fd;
  const [control, descriptors] = [of("control"), of("descriptors")];
  return control === undefined || descriptors === undefined ? undefined : { control, descriptors };
}
