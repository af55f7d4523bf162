import { bindAddresses } from "../compile/bind_address.ts";
import { bindDefaults, type BindOptions } from "../compile/bind_draft.ts";
import type { GlobalDraft } from "../compile/global_draft.ts";
import type { Line } from "../compile/line.ts";
import { indexOptions, readOptions } from "../compile/option_loop.ts";
import { acceptedOptions } from "./accepted.ts";
import { bindOptions } from "./bind_options.ts";
import { refusedOptions } from "./refused.ts";
import type { KeywordSpec, OptionSpec } from "./spec.ts";

const sections = ["global"] as const;
/** Options of `bind` that runtime commands know nothing of. */
const withoutUse: readonly OptionSpec<BindOptions>[] = [
  ...refusedOptions<BindOptions>([
    { why: "runtime commands come without a PROXY protocol header", names: ["accept-proxy"] },
    { why: "runtime commands are no HTTP", names: ["proto"] },
  ]),
  ...acceptedOptions<BindOptions>(
    [{ why: "'stats maxconn' limits the clients of all sockets", names: ["maxconn"] }],
    "value",
  ),
];
const options = indexOptions([
  ...bindOptions.filter((option) => !withoutUse.some(({ name }) => name === option.name)),
  ...withoutUse,
]);
/** HAProxy's queue of a socket that has none of its own. */
const backlogDefault = 10;

function statsSocket(line: Line, draft: GlobalDraft): void {
  const missing = "'stats socket' in global section expects an address or a path to a UNIX socket";
  const word = line.take(missing);
  const set = bindDefaults();
  readOptions(line, options, set, (option) => `'stats socket' : unknown keyword '${option}'`);
  const { socket, name = "", maxconn, acceptProxy, level, exposesListeners } = set;
  for (const text of word.text.split(",")) {
    for (const address of bindAddresses(line, word, text, set)) {
      const id = set.id ?? draft.control.sockets.length + 1;
      const backlog = set.backlog ?? (maxconn || backlogDefault);
      const bind = { address, socket, text, name, id, maxconn, backlog, acceptProxy, at: line.at };
      draft.control.sockets.push({ bind, level, exposesListeners });
    }
  }
}

/** What `stats` means in `global`. */
export const statsKeywords: readonly KeywordSpec<GlobalDraft>[] = [
  {
    name: "stats socket",
    sections,
    syntax: "stats socket <address> [<option>*]",
    doc: "A socket for runtime commands; takes the options of `bind`.",
    apply: statsSocket,
  },
  {
    name: "stats timeout",
    sections,
    syntax: "stats timeout <time>",
    doc: "How long a client of a `stats socket` may be silent; 10 seconds by default.",
    apply(line, draft) {
      const word = line.take("'stats timeout' expects a positive value");
      const timeoutMs = line.time(word);
      line.end();
      if (timeoutMs === 0) {
        throw line.error("bad-time", "'stats timeout' expects a positive value", word);
      }
      draft.control.timeoutMs = timeoutMs;
    },
  },
  {
    name: "stats maxconn",
    sections,
    syntax: "stats maxconn <number>",
    doc: "Clients of all `stats socket`s at once; 10 by default.",
    apply(line, draft) {
      const message = "'stats maxconn' expects a positive value";
      const word = line.take(message);
      const maxconn = /^[0-9]+$/.test(word.text) ? Number(word.text) : 0;
      line.end();
      if (maxconn < 1) throw line.error("bad-number", message, word);
      draft.control.maxconn = maxconn;
    },
  },
];
