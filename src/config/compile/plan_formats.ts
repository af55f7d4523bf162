import { type LogFormat, type LogFormatOptions, parseLogFormat } from "../../lang/log_format.ts";
import { predefinedLogFormats } from "../../lang/log_formats_predefined.ts";
import { LangError } from "../../lang/spec.ts";
import type { Phase } from "../../lang/spec.ts";
import type { Directive, Word } from "../directive.ts";
import type { FrontendPlan } from "../frontend_plan.ts";
import { Line } from "./line.ts";
import type { FormatSource, ProxyDraft } from "./proxy_draft.ts";
import { LineScope } from "./rule_scope.ts";
import type { Site } from "./site.ts";

/** Formats are compiled last: they may need what stands below them in the section. */
export function frontendFormats(
  site: Site,
  draft: ProxyDraft,
): Pick<FrontendPlan, "logFormat" | "errorLogFormat" | "uniqueIdFormat"> {
  const logFormat = formatSource(site, draft);
  const { errorLogFormat, uniqueIdFormat } = draft;
  return {
    logFormat: compileSource(site, draft, logFormat),
    errorLogFormat: errorLogFormat && compileSource(site, draft, errorLogFormat),
    uniqueIdFormat: uniqueIdFormat &&
      compileWord(site, draft, uniqueIdFormat, "fe_http_req_hdr", {
        forLog: false,
        mergeBlanks: true,
      }),
  };
}

/** Without a request there is nothing for HAProxy's HTTP formats to show. */
function formatSource(site: Site, draft: ProxyDraft): FormatSource {
  const source = draft.logFormat ?? { kind: "predefined", name: "default", at: draft.at };
  if (draft.mode === "http" || source.kind !== "predefined") return source;
  if (source.name === "default") return { ...source, name: "default tcp" };
  if (source.name !== "httplog" && source.name !== "clf") return source;
  site.report({
    severity: "warning",
    code: "ignored-by-mode",
    at: source.at,
    message: `'option httplog' not usable with ${draft.kindText} ` +
      `'${draft.name}' (needs 'mode http'). Falling back to 'option tcplog'`,
  });
  return { ...source, name: "tcplog" };
}

function compileSource(
  site: Site,
  draft: ProxyDraft,
  source: FormatSource,
): LogFormat | undefined {
  const word = source.kind === "text"
    ? source.word
    : { text: predefinedLogFormats[source.name], at: source.at, quoted: true };
  return compileWord(site, draft, word, "log", { forLog: true });
}

/** Compiles a format for where `phase` stands; reports what is wrong with it and has none then. */
export function compileWord(
  site: Site,
  draft: ProxyDraft,
  word: Word,
  phase: Phase,
  options: LogFormatOptions,
): LogFormat | undefined {
  const directive: Directive = { words: [word], at: word.at, source: word.text };
  const line = new Line(site, directive, [word], "log-format", "none");
  try {
    return parseLogFormat(word.text, new LineScope(line, draft, phase), options);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    const { message, suggestion: hint } = error;
    site.report({ severity: "error", code: "bad-format", at: word.at, message, hint });
    return undefined;
  }
}
