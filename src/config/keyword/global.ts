import type { GlobalDraft } from "../compile/global_draft.ts";
import type { Line } from "../compile/line.ts";
import { parseLogTarget } from "../log_target.ts";
import type { KeywordSpec } from "./spec.ts";

const sections = ["global"] as const;

function integer(line: Line, min: number, max?: number): number {
  const word = line.take(`'${line.keyword}' expects an integer argument`);
  const value = line.integer(word, min, max);
  line.end();
  return value;
}

/** A head has to fit, whatever is saved. */
const bufferBytesMin = 1024;

function size(line: Line, min: number): number {
  const word = line.take(`'${line.keyword}' expects a size in bytes`);
  const bytes = line.size(word);
  line.end();
  if (bytes >= min) return bytes;
  throw line.error("bad-size", `'${line.keyword}' : '${word.text}' must be at least ${min}`, word);
}

/** Variables are applied by the reader, because the lines after them already need them. */
function variables(
  name: string,
  syntax: string,
  least: number,
  doc: string,
): KeywordSpec<GlobalDraft> {
  return {
    name,
    sections,
    syntax,
    doc,
    apply(line) {
      if (line.rest.length < least) {
        const what = least === 2 ? "<name> <value> as arguments" : "<name> as argument";
        throw line.error("missing-argument", `'${name}' expects ${what}`);
      }
      if (least === 2) {
        line.take("");
        line.take("");
        line.end();
      }
      line.takeAll();
    },
  };
}

/** Settings of the process that mean something here. */
export const globalKeywords: readonly KeywordSpec<GlobalDraft>[] = [
  {
    name: "maxconn",
    sections,
    syntax: "maxconn <number>",
    doc: "Connections of the process at once; 0 for what its descriptors allow.",
    apply(line, draft) {
      draft.maxconn = integer(line, 0);
    },
  },
  {
    name: "maxconnrate",
    sections,
    syntax: "maxconnrate <number>",
    doc: "New connections of the process a second; whoever comes too early waits.",
    apply(line, draft) {
      draft.connectionRateMax = integer(line, 0);
    },
  },
  {
    name: "maxsessrate",
    sections,
    syntax: "maxsessrate <number>",
    doc: "New sessions of the process a second; whoever comes too early waits.",
    apply(line, draft) {
      draft.sessionRateMax = integer(line, 0);
    },
  },
  {
    name: "log",
    sections,
    syntax: "log <target> [len <length>] [format <format>] [sample <ranges>:<size>] <facility> " +
      "[<level> [<minlevel>]]",
    doc: "A place to log to, for the process and for proxies with `log global`.",
    apply(line, draft) {
      draft.logs.push(parseLogTarget(line));
    },
  },
  {
    name: "log-tag",
    sections,
    syntax: "log-tag <string>",
    doc: "The program's name in log lines; haproxy by default.",
    apply(line, draft) {
      draft.logTag = line.take("'log-tag' expects a tag for use in syslog").text;
      line.end();
    },
  },
  {
    name: "log-send-hostname",
    sections,
    syntax: "log-send-hostname [<string>]",
    doc: "Puts this machine's name, or another, into syslog lines.",
    apply(line, draft) {
      draft.logHostname = line.takeAll()[0]?.text ?? line.site.options.hostname;
    },
  },
  {
    name: "close-spread-time",
    sections,
    syntax: "close-spread-time <time>",
    doc:
      "Over how long a soft stop spreads the ends of its clients' connections; `infinite` ends none.",
    apply(line, draft) {
      const word = line.take("'close-spread-time' expects <time> as argument");
      draft.closeSpreadMs = word.text === "infinite" ? Infinity : line.time(word);
      line.end();
    },
  },
  {
    name: "hard-stop-after",
    sections,
    syntax: "hard-stop-after <time>",
    doc: "How long a soft stop waits for connections to end.",
    apply(line, draft) {
      const word = line.take("'hard-stop-after' expects <time> as argument");
      draft.hardStopAfterMs = line.time(word);
      line.end();
    },
  },
  {
    name: "node",
    sections,
    syntax: "node <name>",
    doc: "This node's name; the machine's by default.",
    apply(line, draft) {
      const missing = "'node' requires valid node name - non-empty string with digits(0-9), " +
        "letters(A-Z, a-z), dot(.), hyphen(-) or underscode(_)";
      const word = line.take(missing);
      if (!/^[A-Za-z0-9._-]+$/.test(word.text)) throw line.error("bad-name", missing, word);
      draft.node = word.text;
      line.end();
    },
  },
  {
    name: "description",
    sections,
    syntax: "description <text>",
    doc: "A text about this instance.",
    text: true,
    apply(line, draft) {
      line.take("'description' expects a string argument");
      draft.description = line.words.slice(1).map((word) => word.text).join(" ");
      line.takeAll();
    },
  },
  {
    name: "tune.bufsize",
    sections,
    syntax: "tune.bufsize <size>",
    doc: "With `tune.maxrewrite`, the largest head that is accepted; 16384 by default.",
    apply(line, draft) {
      draft.bufferBytes = size(line, bufferBytesMin);
    },
  },
  {
    name: "tune.maxrewrite",
    sections,
    syntax: "tune.maxrewrite <size>",
    doc: "Part of the buffer that rules may fill; 1024 by default.",
    apply(line, draft) {
      draft.rewriteBytes = size(line, 0);
    },
  },
  {
    name: "tune.http.maxhdr",
    sections,
    syntax: "tune.http.maxhdr <number>",
    doc: "Fields that a head may have; 101 by default.",
    apply(line, draft) {
      draft.headFieldsMax = integer(line, 1, 32767);
    },
  },
  {
    name: "pp2-never-send-local",
    sections,
    syntax: "pp2-never-send-local",
    doc: "Health checks with a PROXY header of version 2 say PROXY instead of LOCAL, for servers " +
      "that fail at it.",
    apply(line, draft) {
      line.end();
      draft.checksSayLocal = false;
    },
  },
  {
    name: "noreuseport",
    sections,
    syntax: "noreuseport",
    doc: "Lets no other process listen on the same ports.",
    apply(line, draft) {
      line.end();
      draft.reusePort = false;
    },
  },
  {
    name: "default-path",
    sections,
    syntax: "default-path { current | config | parent | origin <path> }",
    doc: "The directory that relative names of files count from.",
    apply(line) {
      const message = "'default-path' expects 'current', 'config', 'parent' or 'origin <path>'";
      const known = ["current", "config", "parent", "origin"] as const;
      const kind = line.oneOf(line.take(message), known, message);
      line.site.pathBase = kind === "origin" ? { kind, path: line.take(message).text } : { kind };
      line.end();
    },
  },
  variables("setenv", "setenv <name> <value>", 2, "Sets a variable for the lines that follow."),
  variables("presetenv", "presetenv <name> <value>", 2, "The same, where it is not set yet."),
  variables("unsetenv", "unsetenv <name> ...", 1, "Removes variables."),
  variables("resetenv", "resetenv [<name> ...]", 0, "Removes all variables but these."),
];
