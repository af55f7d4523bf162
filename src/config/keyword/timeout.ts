import type { ProxyDraft, TimeoutName } from "../compile/proxy_draft.ts";
import type { SectionKind } from "../directive.ts";
import { backendSections, frontendSections, type KeywordSpec, proxySections } from "./spec.ts";

/** Below this, a time without a unit was probably meant in seconds. */
const suspiciousBelowMs = 100;

function timeout(
  name: TimeoutName,
  sections: readonly SectionKind[],
  doc: string,
): KeywordSpec<ProxyDraft> {
  return {
    name: `timeout ${name}`,
    sections,
    syntax: `timeout ${name} <timeout>`,
    doc,
    apply(line, draft) {
      const missing = `'timeout ${name}' expects an integer value (in milliseconds)`;
      const word = line.take(missing);
      const ms = line.time(word);
      const excess = line.rest[0];
      if (excess) {
        const message = `'timeout ${name}' : unexpected extra argument '${excess.text}' ` +
          `after value '${word.text}'`;
        throw line.error("extra-argument", message, excess);
      }
      if (/^[0-9]+$/.test(word.text) && ms > 0 && ms < suspiciousBelowMs) {
        line.warn(
          "small-timeout",
          `'timeout ${name}' : '${word.text}' is suspiciously small for a timeout without a unit; ` +
            `the unit is milliseconds, write '${word.text}s' for seconds or '${word.text}ms'`,
          word,
        );
      }
      draft.timeouts.set(name, ms);
    },
  };
}

/** How long the proxy waits, and for what. */
export const timeoutKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  timeout("client", frontendSections, "Inactivity of the client."),
  timeout("client-fin", frontendSections, "Inactivity of a client that is half closed."),
  timeout("client-hs", frontendSections, "For a client's handshake; `client` by default."),
  timeout("connect", backendSections, "For a connection to a server to open."),
  timeout("server", backendSections, "Inactivity of the server."),
  timeout("server-fin", backendSections, "Inactivity of a server that is half closed."),
  timeout("queue", backendSections, "In the queue for a free server; `connect` by default."),
  timeout("tunnel", backendSections, "Inactivity on both sides after an upgrade."),
  timeout("tarpit", proxySections, "How long `tarpit` holds a client; `connect` by default."),
  timeout("check", backendSections, "For a health check's answer, once it is connected."),
  timeout("http-request", proxySections, "For a whole request head; `client` by default."),
  timeout("http-keep-alive", proxySections, "For the next request; `http-request` by default."),
];

export const timeoutFamilyMessage =
  "'timeout' supports 'client', 'server', 'connect', 'check', 'queue', 'http-keep-alive', " +
  "'http-request', 'tunnel', 'tarpit', 'client-fin' and 'server-fin'";
