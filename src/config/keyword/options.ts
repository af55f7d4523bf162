import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { SectionKind } from "../directive.ts";
import type { ConnectionMode } from "../plan.ts";
import { backendSections, frontendSections, type KeywordSpec, proxySections } from "./spec.ts";

/** An option that is on or off. */
function toggle(
  name: string,
  sections: readonly SectionKind[],
  doc: string,
): KeywordSpec<ProxyDraft> {
  return {
    name: `option ${name}`,
    sections,
    syntax: `option ${name}`,
    doc,
    negatable: true,
    apply(line, draft) {
      line.end();
      draft.options.delete(name);
      draft.negatedOptions.delete(name);
      if (line.prefix === "none") draft.options.add(name);
      else if (line.prefix === "no") draft.negatedOptions.add(name);
    },
  };
}

/** Each of these undoes the others; `no` goes back to keeping connections alive. */
function connectionMode(
  name: string,
  mode: ConnectionMode,
  doc: string,
): KeywordSpec<ProxyDraft> {
  return {
    name: `option ${name}`,
    sections: proxySections,
    syntax: `option ${name}`,
    doc,
    negatable: true,
    http: true,
    apply(line, draft) {
      line.end();
      if (line.prefix === "none") draft.connectionMode = mode;
      else if (draft.connectionMode === mode) draft.connectionMode = "keep-alive";
    },
  };
}

/** Switches of a proxy that are simply on or off. */
export const toggleKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  toggle(
    "abortonclose",
    proxySections,
    "Gives a request up when its client has gone; on by default in HTTP mode.",
  ),
  toggle("allbackups", backendSections, "Uses all backup servers at once, not the first only."),
  toggle(
    "checkcache",
    backendSections,
    "Blocks responses that a cache would keep with their cookies.",
  ),
  toggle("clitcpka", frontendSections, "Lets the kernel probe silent clients."),
  toggle("srvtcpka", backendSections, "Lets the kernel probe silent servers."),
  toggle("dontlog-normal", frontendSections, "Logs only what went wrong."),
  toggle("dontlognull", frontendSections, "Does not log connections without any data."),
  toggle("http-buffer-request", proxySections, "Waits for the body before the rules are run."),
  toggle(
    "http-drop-request-trailers",
    backendSections,
    "Takes trailers away from requests to servers.",
  ),
  toggle(
    "http-drop-response-trailers",
    frontendSections,
    "Takes trailers away from responses to clients.",
  ),
  toggle("http-ignore-probes", frontendSections, "Does not answer or log unused connections."),
  toggle(
    "idle-close-on-response",
    frontendSections,
    "Lets idle clients stay when the process stops, until their next answer.",
  ),
  toggle("log-health-checks", backendSections, "Logs each change of a health check's result."),
  toggle(
    "http-pretend-keepalive",
    backendSections,
    "Does not tell a server that its connection closes after the response.",
  ),
  toggle("persist", backendSections, "Follows a client's cookie to its server even if it is down."),
  toggle(
    "prefer-last-server",
    backendSections,
    "Goes to the server to which the client has a connection of its own (`http-reuse never`).",
  ),
  toggle("log-separate-errors", frontendSections, "Logs errors one level higher."),
  toggle("logasap", frontendSections, "Logs at the response's head, not at its end."),
  connectionMode("httpclose", "close", "Closes both connections after each response."),
  connectionMode(
    "http-server-close",
    "server-close",
    "Closes the server's connection after each response.",
  ),
  connectionMode("http-keep-alive", "keep-alive", "Keeps connections on both sides; the default."),
];

/** Options of backends with an argument. */
export const backendOptionKeywords = [
  {
    name: "option redispatch",
    sections: backendSections,
    syntax: "option redispatch [<interval>]",
    doc: "Lets a retry go to another server: the last one (-1, default), or every n-th.",
    negatable: true,
    apply(line, draft) {
      const word = line.rest[0];
      let interval = -1;
      if (word && /^-?[0-9]+$/.test(word.text)) interval = line.integer(line.take(""), -1000, 1000);
      line.end();
      draft.redispatch = line.prefix !== "none" || interval === 0 ? undefined : interval;
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
