import { Address } from "../../lang/address.ts";
import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ServerPlan } from "../../config/server_plan.ts";
import type { AdminState } from "../../state/server_state.ts";
import { onServer } from "../backend_server.ts";
import type { CommandSpec } from "../command_spec.ts";

const by = " by 'stats socket command'\n";
const weightMax = 256;
const relativeWeightMax = 25600;
const done = "";

type ServerCommand = (server: ServerPlan, words: readonly string[], now: number) => string;

/** `ready`, `drain` and `maint`. */
const setState: ServerCommand = ({ state }, [word], now) => {
  const known: readonly AdminState[] = ["ready", "drain", "maint"];
  const wanted = known.find((name) => name === word);
  if (!wanted) return "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n";
  state.setAdmin(wanted, now);
  return done;
};

const healths: Readonly<Record<string, (server: ServerPlan, now: number) => void>> = {
  up({ state }, now) {
    state.health = state.settings.rise + state.settings.fall - 1;
    state.markUp({ kind: "command" }, now);
  },
  stopping({ state }, now) {
    state.health = state.settings.rise + state.settings.fall - 1;
    state.markStopping({ kind: "command" }, now);
  },
  down({ state }, now) {
    state.health = 0;
    state.markDown({ kind: "command" }, now);
  },
};

const setHealth: ServerCommand = (server, [word = ""], now) => {
  const set = Object.hasOwn(healths, word) ? healths[word] : undefined;
  if (!set) return "'set server <srv> health' expects 'up', 'stopping', or 'down'.\n";
  set(server, now);
  return done;
};

function setWeight({ state, weight }: ServerPlan, [word]: readonly string[], plan: BackendPlan) {
  const read = readWeight(word, weight);
  if (typeof read === "string") return read;
  if (read !== 0 && read !== weight && isStatic(plan)) {
    return "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.\n";
  }
  state.setWeight(read);
  return done;
}

/** A weight, or HAProxy's words about why it is none; two of them end without a newline. */
function readWeight(word: string | undefined, initial: number): number | string {
  if (!word) return "Require <weight> or <weight%>.\n";
  const number = /^[ \t]*[+-]?[0-9]+/.exec(word)?.[0];
  if (number === undefined) return "Empty weight string empty or preceded by garbage";
  const value = Number(number);
  const rest = word.slice(number.length);
  if (rest === "%") {
    if (value < 0) return "Relative weight must be positive.\n";
    const share = Math.floor(initial * Math.min(value, relativeWeightMax) / 100);
    return Math.min(share, weightMax);
  }
  if (value < 0 || value > weightMax) {
    return "Absolute weight can only be between 0 and 256 inclusive.\n";
  }
  return rest === "" ? value : "Trailing garbage in weight string";
}

/** Its order is made once: a weight can only be taken away and given back. */
function isStatic({ balance }: BackendPlan): boolean {
  if (balance.kind === "static-rr") return true;
  return "hash" in balance ? balance.hash?.method !== "consistent" : isHashed(balance.kind);
}

function isHashed(kind: BackendPlan["balance"]["kind"]): boolean {
  return ["source", "uri", "url_param", "hdr", "hash", "rdp-cookie"].includes(kind);
}

function setMaxconn({ state }: ServerPlan, [word]: readonly string[]): string {
  if (!word) return "Require <maxconn>.\n";
  const number = /^[0-9]+/.exec(word)?.[0];
  if (number === undefined) return "maxconn string empty or preceded by garbage";
  if (number !== word) return "Trailing garbage in maxconn string";
  state.setMaxconn(Number(number));
  return done;
}

const setAddress: ServerCommand = ({ state, address: planned }, [text, option, portText]) => {
  if (!text) return "set server <b>/<s> addr requires an address and optionally a port.\n";
  if (planned.kind !== "tcp" || state.unresolved) {
    return "Update for the current server address family is only supported through configuration " +
      `file${by}`;
  }
  const address = Address.parse(text);
  if (!address) return `Invalid addr '${text}'${by}`;
  const before = { address: state.address, port: state.port };
  const moved = String(before.address) !== String(address);
  const said = [
    moved
      ? `IP changed from '${before.address ?? "(none)"}' to '${address}'`
      : "no need to change the addr",
  ];
  let { port } = before;
  if (option === "port") {
    const wanted = readPort(portText ?? "");
    if (wanted === undefined) {
      said.push(`problem converting port '${portText ?? ""}' to an int`);
      return said.join(", ") + by;
    }
    if (wanted !== port) said.push(`port changed from '${port}' to '${wanted}'`);
    else said.push("no need to change the port");
    port = wanted;
  }
  if (moved || port !== before.port) state.setAddress(address, port);
  return said.join(", ") + by;
};

function readPort(text: string): number | undefined {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : -1;
  return port >= 0 && port <= 65535 ? port : undefined;
}

/** The words behind `set server b/s`. */
const settings: Readonly<
  Record<
    string,
    (
      server: ServerPlan,
      words: readonly string[],
      backend: BackendPlan,
      now: number,
    ) => string
  >
> = {
  state: (server, words, _backend, now) => setState(server, words, now),
  health: (server, words, _backend, now) => setHealth(server, words, now),
  addr: (server, words, _backend, now) => setAddress(server, words, now),
  weight: (server, words, backend) => setWeight(server, words, backend),
};

const usage = "usage: set server <backend>/<server> addr | health | state | weight\n";

/** Commands that look at servers or change them. */
export const serverCommands: readonly CommandSpec[] = [
  {
    name: "disable server",
    syntax: "disable server (DEPRECATED)",
    doc: "disable a server for maintenance (use 'set server' instead)",
    level: "admin",
    run: onServer((server, _words, _backend, now) => setState(server, ["maint"], now)),
  },
  {
    name: "enable server",
    syntax: "enable server  (DEPRECATED)",
    doc: "enable a disabled server (use 'set server' instead)",
    level: "admin",
    run: onServer((server, _words, _backend, now) => setState(server, ["ready"], now)),
  },
  {
    name: "set server",
    syntax: "set server <bk>/<srv> [opts]",
    doc: "change a server's state, health, weight or address",
    level: "admin",
    run: onServer((server, [word = "", ...rest], backend, now) =>
      Object.hasOwn(settings, word) ? settings[word]!(server, rest, backend, now) : usage
    ),
  },
  {
    name: "get weight",
    syntax: "get weight <bk>/<srv>",
    doc: "report a server's current weight",
    level: "user",
    run: onServer(({ state, weight }) => `${state.weight} (initial ${weight})\n`),
  },
  {
    name: "set weight",
    syntax: "set weight <bk>/<srv>  (DEPRECATED)",
    doc: "change a server's weight (use 'set server' instead)",
    level: "admin",
    run: onServer((server, words, backend) => setWeight(server, words, backend)),
  },
  {
    name: "set maxconn server",
    syntax: "set maxconn server <bk>/<srv>",
    doc: "change a server's maxconn setting",
    level: "admin",
    run: onServer((server, words) => setMaxconn(server, words)),
  },
];
