import { nearest } from "../../lang/nearest.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { BandwidthFilter, FlowDirection } from "../../rules/bandwidth.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { ConfigError } from "../config_error.ts";
import { parseSize, parseTime, type Quantity } from "../quantity.ts";
import type { KeywordSpec } from "./spec.ts";

/** A kind of filter: reads what follows its name. */
interface FilterSpec {
  readonly name: string;
  apply(line: Line, draft: ProxyDraft): void;
}

/** HAProxy puts what a filter finds wrong with itself between quotes. */
function fault(line: Line, code: "missing-argument" | "bad-value", message: string): ConfigError {
  return line.error(code, `'filter' : '${message}'`);
}

/** The options of `bwlim-in` and `bwlim-out`, as far as they are written. */
interface BandwidthOptions {
  limitBytes: number;
  periodMs: number;
}

/** What one option does to them, whose value is the line's next word. */
type BandwidthOption = (value: () => string, options: BandwidthOptions) => void;

function bandwidthOptions(filter: string, line: Line): Readonly<Record<string, BandwidthOption>> {
  const read = (quantity: Quantity, option: string): number => {
    if (!("kind" in quantity)) return quantity.value;
    const what = quantity.kind === "character"
      ? `unexpected character '${quantity.character}'`
      : quantity.kind;
    throw fault(line, "bad-value", `'${filter}' : invalid value for option '${option}' (${what})`);
  };
  const shared: BandwidthOption = () => {
    const why = "it needs stick tables; 'default-limit' and 'default-period' limit each stream";
    throw line.error("unsupported", unsupported(`A limit that streams share ('${filter}')`, why));
  };
  return {
    "default-limit": (value, options) => {
      options.limitBytes = read(parseSize(value()), "default-limit");
    },
    "default-period": (value, options) => {
      options.periodMs = read(parseTime(value(), "ms"), "default-period");
    },
    // What may pass goes on in one piece, however small the limit: nothing is ever sent in crumbs.
    "min-size": (value) => void read(parseSize(value()), "min-size"),
    limit: shared,
    key: shared,
    table: shared,
  };
}

function bandwidthLimit(name: string, direction: FlowDirection): FilterSpec {
  return {
    name,
    apply(line, draft) {
      const id = line.rest[0]?.text;
      if (id === undefined) {
        throw fault(line, "missing-argument", `'${name}' : a name is expected as first argument `);
      }
      line.take("");
      const { filters, declared } = draft.bandwidth;
      if (declared.has(id)) {
        const message = `bwlim filter '${id}' already declared for proxy '${draft.name}'`;
        throw fault(line, "bad-value", message);
      }
      declared.add(id);
      filters.set(id, { name: id, direction, ...readBandwidth(name, line) });
    },
  };
}

function readBandwidth(name: string, line: Line): Omit<BandwidthFilter, "name" | "direction"> {
  const known = bandwidthOptions(name, line);
  const options: BandwidthOptions = { limitBytes: 0, periodMs: 0 };
  for (let word = line.peek(); word !== undefined; word = line.peek()) {
    const option = Object.hasOwn(known, word) ? known[word] : undefined;
    if (!option) throw unknownWord(line, name);
    line.take("");
    const missing = `'filter' : ''${name}' : the value is missing for '${word}' option'`;
    option(() => line.take(missing).text, options);
  }
  for (const [key, option] of [["periodMs", "period"], ["limitBytes", "limit"]] as const) {
    if (options[key] > 0) continue;
    throw fault(line, "missing-argument", `'${name}' : <default-${option}> option is missing`);
  }
  return options;
}

function unknownWord(line: Line, filter: string): ConfigError {
  const word = line.rest[0]!;
  const message = `'filter ${filter}' : unknown keyword '${word.text}'.`;
  return line.error("extra-argument", message, word);
}

/** One that is known to HAProxy alone. */
function refused(name: string, why: string): FilterSpec {
  return {
    name,
    apply(line) {
      throw line.error("unsupported", unsupported(`'filter ${name}'`, why));
    },
  };
}

const compressed = "nothing is compressed; mount Hono's compress on the frontend";

/** HAProxy's filters. */
const filters: readonly FilterSpec[] = [
  bandwidthLimit("bwlim-in", "upload"),
  bandwidthLimit("bwlim-out", "download"),
  refused("cache", "there is no cache"),
  refused("comp-req", compressed),
  refused("comp-res", compressed),
  refused("compression", compressed),
  refused("fcgi-app", "there is no FastCGI"),
  refused("opentracing", "nothing is traced; mount a module on the frontend"),
  refused("otel", "nothing is traced; mount a module on the frontend"),
  refused("spoe", "there is no SPOE; mount a module on the frontend"),
  refused("trace", "it shows HAProxy's own filters to those who write them"),
];

function filter(line: Line, draft: ProxyDraft): void {
  const missing = `missing argument for 'filter' in ${draft.kindText} '${draft.name}'.`;
  const word = line.take(missing);
  const spec = filters.find(({ name }) => name === word.text);
  if (spec) return spec.apply(line, draft);
  const names = filters.map(({ name }) => name);
  const message = `'filter' : unknown keyword '${word.text}'. Registered keywords : ` +
    names.join(", ");
  throw line.error("bad-value", message, word, () => nearest(word.text, names));
}

/** Filters: what acts on the bytes of a stream. */
export const filterKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  {
    name: "filter",
    sections: ["frontend", "backend", "listen"],
    syntax: "filter { bwlim-in | bwlim-out } <name> default-limit <size> default-period <time> " +
      "[min-size <size>]",
    doc: "A bandwidth that `set-bandwidth-limit` rules hold streams to, to or from the server.",
    apply: filter,
  },
];
