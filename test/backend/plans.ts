import { CheckDraft } from "../../src/config/compile/check_draft.ts";
import type { BackendPlan } from "../../src/config/backend_plan.ts";
import type { ServerPlan } from "../../src/config/server_plan.ts";
import type { Context } from "../../src/lang/context.ts";
import { Address } from "../../src/lang/address.ts";
import { BackendState } from "../../src/state/backend_state.ts";
import { CounterBlock } from "../../src/state/counters.ts";
import type { ServerObserver } from "../../src/state/server_change.ts";
import { ServerState } from "../../src/state/server_state.ts";

/** A clock that only the test moves. */
export class ManualClock {
  at = 1_000_000;
  now(): number {
    return this.at;
  }
}

const nowhere = { file: "test", line: 1, column: 1 };

export const serverDefaults = {
  at: nowhere,
  text: "",
  address: { kind: "tcp", host: "127.0.0.1", port: 1, portOffset: false },
  outgoing: undefined,
  shownSource: undefined,
  cookie: undefined,
  initialAddress: ["last", "libc"],
  followsClient: false,
  weight: 1,
  backup: false,
  disabled: false,
  maxconn: 0,
  minconn: 0,
  maxqueue: 0,
  check: false,
  checkPort: undefined,
  checkHost: undefined,
  interMs: 2000,
  fastinterMs: undefined,
  downinterMs: undefined,
  rise: 2,
  fall: 3,
  slowstartMs: 0,
  poolMaxConn: -1,
  poolPurgeDelayMs: 5000,
  maxReuse: -1,
  redirectPrefix: undefined,
  observe: "none",
  errorLimit: 10,
  onError: "fail-check",
  closeSessionsWhenDown: false,
  sendProxy: undefined,
  cookieKey: undefined,
  checkSendProxy: false,
  checksSayLocal: true,
  followed: undefined,
} satisfies Omit<ServerPlan, "name" | "id" | "state">;

export interface BackendParts {
  readonly name?: string;
  readonly servers: readonly ({ readonly name: string } & Partial<ServerPlan>)[];
  readonly plan?: Partial<BackendPlan>;
  readonly observers?: readonly ServerObserver[];
  readonly clock?: ManualClock;
}

/** A backend as the compiler would make it, with the parts that these tests read. */
export function makeBackend(parts: BackendParts): BackendPlan {
  const block = new CounterBlock();
  const name = parts.name ?? "be";
  const clock = parts.clock ?? new ManualClock();
  const state = new BackendState(name, 3, block, clock, parts.observers ?? []);
  const servers = parts.servers.map((server, i): ServerPlan => ({
    ...serverDefaults,
    id: i + 1,
    state: new ServerState(state, server.name, server.id ?? i + 1, block),
    ...server,
  }));
  const plan = {
    name,
    id: 3,
    mode: "http",
    state,
    servers,
    balance: { kind: "roundrobin" },
    timeouts: { connectMs: 1000 },
    retries: 3,
    redispatch: undefined,
    allBackups: false,
    logHealthChecks: false,
    check: new CheckDraft().plan(),
    useServer: [],
    fullconn: undefined,
    logs: [],
    ...parts.plan,
  } as unknown as BackendPlan;
  state.servers = servers.map((server) => server.state);
  state.allBackups = plan.allBackups;
  state.fullconn = plan.fullconn ?? 0;
  for (const server of servers) {
    state.known.set(server.name, server.state);
    server.state.configure(server);
  }
  state.recountAll();
  return plan;
}

/** As much of a context as balancers read. */
export function clientAt(address: string, now = 1_000_000): Context {
  return { now, client: { src: Address.parse(address) } } as unknown as Context;
}
