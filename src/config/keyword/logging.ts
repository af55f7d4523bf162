import type { Line } from "../compile/line.ts";
import type { PredefinedLogFormat } from "../../lang/log_formats_predefined.ts";
import type { FormatSource, ProxyDraft } from "../compile/proxy_draft.ts";
import { parseLogTarget } from "../log_target.ts";
import { frontendSections, type KeywordSpec, proxySections } from "./spec.ts";

/** HAProxy speaks up within one defaults section only: elsewhere it is how one overrides. */
function setFormat(line: Line, draft: ProxyDraft, format: FormatSource): void {
  const { logFormat } = draft;
  if (logFormat && draft.kind === "defaults") {
    const previous = logFormat.kind === "text" ? "log-format" : `option ${logFormat.name}`;
    line.warn(
      "log-format",
      `'${line.keyword}' overrides previous '${previous}' in 'defaults' section`,
    );
  }
  draft.logFormat = format;
}

function predefined(
  name: PredefinedLogFormat,
  keyword: string,
  syntax: string,
  doc: string,
): KeywordSpec<ProxyDraft> {
  return {
    name: keyword,
    sections: frontendSections,
    syntax,
    doc,
    apply(line, draft) {
      let chosen = name;
      const word = line.rest[0];
      if (word && name === "httplog") {
        if (word.text !== "clf") {
          const message = "keyword 'httplog' only supports option 'clf'";
          throw line.error("bad-value", message, word);
        }
        line.take("");
        chosen = "clf";
      }
      line.end();
      setFormat(line, draft, { kind: "predefined", name: chosen, at: line.at });
    },
  };
}

function takeText(line: Line): FormatSource {
  const word = line.take(`${line.keyword} expects an argument`);
  const excess = line.rest[0];
  if (excess) {
    const message = `${line.keyword} expects only one argument, don't forget to escape spaces!`;
    throw line.error("extra-argument", message, excess);
  }
  return { kind: "text", word };
}

/** What is logged, how, and where to. */
export const loggingKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  {
    name: "log",
    sections: proxySections,
    syntax: "log global | log <target> [len <length>] [format <format>] " +
      "[sample <ranges>:<size>] <facility> [<level> [<minlevel>]]",
    doc: "A place to log to; `no log` forgets inherited ones.",
    negatable: true,
    apply(line, draft) {
      if (line.prefix === "no") {
        line.end();
        draft.logs = [];
      } else if (line.peek() === "global" && line.rest.length === 1) draft.logs.push("global");
      else draft.logs.push(parseLogTarget(line));
      line.takeAll();
    },
  },
  {
    name: "log-tag",
    sections: proxySections,
    syntax: "log-tag <string>",
    doc: "The program's name in log lines.",
    apply(line, draft) {
      draft.logTag = line.take("'log-tag' expects a tag for use in syslog").text;
      line.end();
    },
  },
  {
    name: "log-format",
    sections: frontendSections,
    syntax: "log-format <fmt>",
    doc: "The format of access log lines.",
    text: true,
    apply: (line, draft) => setFormat(line, draft, takeText(line)),
  },
  {
    name: "error-log-format",
    sections: frontendSections,
    syntax: "error-log-format <fmt>",
    doc: "The format of log lines about connections that failed before a request.",
    text: true,
    apply(line, draft) {
      draft.errorLogFormat = takeText(line);
    },
  },
  predefined(
    "httplog",
    "option httplog",
    "option httplog [clf]",
    "Logs requests in HAProxy's HTTP format, or as CLF.",
  ),
  predefined(
    "tcplog",
    "option tcplog",
    "option tcplog",
    "Logs connections in HAProxy's TCP format.",
  ),
  {
    name: "unique-id-format",
    sections: proxySections,
    syntax: "unique-id-format <fmt>",
    doc: "How a request's unique identifier is made.",
    text: true,
    apply(line, draft) {
      const source = takeText(line);
      if (source.kind === "text") draft.uniqueIdFormat = source.word;
    },
  },
  {
    name: "unique-id-header",
    sections: frontendSections,
    syntax: "unique-id-header <name>",
    doc: "Adds the unique identifier to requests in this header.",
    http: true,
    apply(line, draft) {
      draft.uniqueIdHeader = line.take("unique-id-header expects an argument").text;
      line.end();
    },
  },
];
