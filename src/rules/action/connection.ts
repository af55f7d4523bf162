import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Action, ActionSpec, ActionWords, RuleScope } from "../spec.ts";

function parseExpectProxy(words: ActionWords, scope: RuleScope): Action {
  const got = words.peek() ?? "";
  if (!words.skip("layer4")) {
    const rule = `${scope.ruleSet} expect-proxy`;
    throw new LangError(
      `'${rule}' only supports 'layer4' in ${scope.proxyKind} '${scope.proxyName}' (got '${got}')`,
      got,
    );
  }
  return {
    final: false,
    text: "expect-proxy layer4",
    run(tx) {
      tx.demand("expect-proxy");
      return "continue";
    },
  };
}

const switchToHttp: Action = {
  final: true,
  text: "switch-mode http",
  run(tx) {
    tx.demand("switch-http");
    return "accept";
  },
};

function parseSwitchMode(words: ActionWords, scope: RuleScope): Action {
  const rule = "'tcp-request switch-mode'";
  if (scope.proxyKind === "backend") {
    throw new LangError(
      `${rule} not allowed because backend '${scope.proxyName}' has no frontend capability`,
    );
  }
  const mode = words.take(`${rule} expects a mode as argument.`);
  if (mode !== "http") throw new LangError(`${rule} expects a valid mode (got '${mode}').`, mode);
  if (words.skip("proto")) takeProtocol(words, rule);
  scope.switchesToHttp?.();
  return switchToHttp;
}

function takeProtocol(words: ActionWords, rule: string): void {
  const protocol = words.take(`${rule}: 'proto' expects a protocol as argument.`);
  if (protocol === "h1") return;
  if (protocol === "h2") {
    throw new LangError(unsupported("'switch-mode http proto h2'", "there is no HTTP/2"), protocol);
  }
  throw new LangError(
    `${rule}: 'proto' expects a valid MUX protocol, if specified (got '${protocol}')`,
    protocol,
  );
}

const closeServer: Action = {
  final: true,
  text: "close",
  run(tx) {
    tx.demand("close-server");
    return "accept";
  },
};

/** Actions that change what a connection is, or end one side of it. */
export const connectionActions = [
  {
    name: "expect-proxy",
    ruleSets: ["tcp-request connection"],
    syntax: "expect-proxy layer4",
    doc: "Expects a PROXY protocol header first, as accept-proxy does on a bind line",
    parse: parseExpectProxy,
  },
  {
    name: "switch-mode",
    ruleSets: ["tcp-request content"],
    syntax: "switch-mode http [ proto h1 ]",
    doc: "Makes HTTP of the connection, so that the HTTP rules apply; no later rule is looked at",
    parse: parseSwitchMode,
  },
  {
    name: "close",
    ruleSets: ["tcp-response content"],
    syntax: "close",
    doc: "Closes the connection to the server; the client gets what was received from it",
    parse: () => closeServer,
  },
] satisfies ActionSpec[];
