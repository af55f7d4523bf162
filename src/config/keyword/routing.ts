import { parseLogFormat } from "../../lang/log_format.ts";
import { LangError } from "../../lang/spec.ts";
import { parseRedirect } from "../../rules/action/redirect.ts";
import { RuleWords } from "../../rules/action_words.ts";
import { settled, takeSuffix } from "../compile/condition_suffix.ts";
import type { Line } from "../compile/line.ts";
import type { ProxyDraft, SwitchTarget } from "../compile/proxy_draft.ts";
import { noteRule } from "../compile/rule_order.ts";
import { LineScope, requestPhase } from "../compile/rule_scope.ts";
import type { Word } from "../directive.ts";
import { frontendSections, type KeywordSpec } from "./spec.ts";

function declareAcl(line: Line, draft: ProxyDraft): void {
  const name = line.take("missing ACL name");
  const scope = new LineScope(line, draft, requestPhase(draft));
  const words = line.takeAll().map((word) => word.text);
  try {
    draft.acls.declare(name.text, words, scope);
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    draft.faultyAcls.add(name.text);
    throw line.place(error, "bad-acl");
  }
  if (!draft.aclPlaces.has(name.text)) draft.aclPlaces.set(name.text, name.at);
}

function useBackend(line: Line, draft: ProxyDraft): void {
  const name = line.take("'use_backend' expects a backend name");
  const scope = new LineScope(line, draft, "fe_use_backend");
  const suffix = takeSuffix(
    line,
    scope,
    "switching rule",
    (word) =>
      `unexpected keyword '${word}' after switching rule, only 'if' and 'unless' are allowed`,
  );
  noteRule(line, draft, "use_backend");
  draft.switching.push({
    condition: suffix && settled(suffix),
    target: switchTarget(line, name, scope),
    text: line.directive.source,
    at: line.at,
  });
}

function switchTarget(line: Line, name: Word, scope: LineScope): SwitchTarget {
  if (!name.text.includes("%")) return { kind: "name", name };
  try {
    const format = parseLogFormat(name.text, scope, { forLog: false });
    if (format.constant === undefined) return { kind: "format", format };
    return { kind: "name", name: { ...name, text: format.constant } };
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw line.place(error, "bad-format");
  }
}

function useServer(line: Line, draft: ProxyDraft): void {
  const server = line.take("'use-server' expects a server name");
  const required = "'use-server' requires either 'if' or 'unless' followed by a condition";
  const scope = new LineScope(line, draft, "be_set_server");
  const suffix = takeSuffix(line, scope, "switching rule", () => required);
  if (!suffix) throw line.error("no-condition", required);
  noteRule(line, draft, "use-server");
  const target = switchTarget(line, server, scope);
  draft.useServer.push({ condition: settled(suffix), target, at: line.at });
}

function redirect(line: Line, draft: ProxyDraft): void {
  const scope = new LineScope(line, draft, requestPhase(draft));
  const words = line.texts;
  const cursor = new RuleWords(words, 0, undefined);
  try {
    const action = parseRedirect(cursor, scope, "literal");
    for (let i = 0; i < cursor.at; i++) line.take("");
    const suffix = takeSuffix(line, scope, "a redirect rule", (word) => `unexpected '${word}'`);
    noteRule(line, draft, "redirect");
    draft.redirects.push({
      action,
      condition: suffix?.condition,
      wanted: suffix?.wanted ?? true,
      text: `redirect ${line.written}`,
      at: scope.where,
    });
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    const message = `error detected in ${draft.kindText} '${draft.name}' while parsing redirect ` +
      `rule : ${error.message}`;
    throw line.place(error, "bad-rule", message);
  }
}

/** Where a request goes. */
export const routingKeywords = [
  {
    name: "acl",
    sections: ["defaults", "frontend", "backend", "listen"],
    syntax: "acl <name> <criterion> [flags] [operator] <value> ...",
    doc: "A named test; several lines of one name are alternatives.",
    namedDefaults: true,
    apply: declareAcl,
  },
  {
    name: "use_backend",
    sections: ["frontend", "listen"],
    syntax: "use_backend <backend> [ { if | unless } <condition> ]",
    doc: "Chooses this backend if the condition holds; the first such line decides.",
    apply: useBackend,
  },
  {
    name: "default_backend",
    sections: frontendSections,
    syntax: "default_backend <backend>",
    doc: "The backend where no `use_backend` line applies.",
    apply(line, draft) {
      draft.defaultBackend = line.take("'default_backend' expects a backend name");
      line.end();
    },
  },
  {
    name: "use-server",
    sections: ["backend", "listen"],
    syntax: "use-server <server> { if | unless } <condition>",
    doc: "Prefers this server if the condition holds and the server is up.",
    apply: useServer,
  },
  {
    name: "redirect",
    sections: ["frontend", "backend", "listen"],
    syntax: "redirect { location | prefix | scheme } <to> [code <code>] <option> " +
      "[ { if | unless } <condition> ]",
    doc: "Answers with a redirection, after all `http-request` rules.",
    http: true,
    apply: redirect,
  },
] satisfies KeywordSpec<ProxyDraft>[];
