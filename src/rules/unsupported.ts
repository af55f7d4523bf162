/** An action that HAProxy has and Sluice has not. */
export interface UnsupportedAction {
  readonly name: string;
  readonly reason: string;
}

const stickTables = "it needs stick tables";
const socketMarks = "it sets socket options that Sluice does not";

/** Known, and refused with a reason, so that no rule is taken for a typing error or dropped. */
export const knownUnsupportedActions: readonly UnsupportedAction[] = [
  { name: "add-headers-bin", reason: "it needs headers in HAProxy's binary form" },
  { name: "del-headers-bin", reason: "it needs headers in HAProxy's binary form" },
  { name: "set-headers-bin", reason: "it needs headers in HAProxy's binary form" },
  { name: "attach-srv", reason: "it needs reverse HTTP" },
  { name: "cache-store", reason: "it needs a cache" },
  { name: "cache-use", reason: "it needs a cache" },
  { name: "expect-netscaler-cip", reason: "it needs the NetScaler client IP protocol" },
  { name: "sc-add-gpc", reason: stickTables },
  { name: "sc-inc-gpc", reason: stickTables },
  { name: "sc-inc-gpc0", reason: stickTables },
  { name: "sc-inc-gpc1", reason: stickTables },
  { name: "sc-set-gpt", reason: stickTables },
  { name: "sc-set-gpt0", reason: stickTables },
  { name: "track-sc0", reason: stickTables },
  { name: "track-sc1", reason: stickTables },
  { name: "track-sc2", reason: stickTables },
  { name: "send-spoe-group", reason: "it needs SPOE" },
  { name: "set-bc-mark", reason: socketMarks },
  { name: "set-bc-tos", reason: socketMarks },
  { name: "set-fc-mark", reason: socketMarks },
  { name: "set-fc-tos", reason: socketMarks },
  { name: "set-mark", reason: socketMarks },
  { name: "set-tos", reason: socketMarks },
  { name: "set-nice", reason: "transactions have no priority of their own" },
  { name: "set-priority-class", reason: "queues are first in, first out" },
  { name: "set-priority-offset", reason: "queues are first in, first out" },
  { name: "set-retries", reason: "say retries in the backend" },
  {
    name: "use-service",
    reason: "a service is a Lua program or HAProxy's Prometheus exporter, and there is neither",
  },
  { name: "wait-for-handshake", reason: "it needs TLS early data" },
];
