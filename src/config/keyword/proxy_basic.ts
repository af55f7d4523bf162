import { unsupported } from "../../lang/unsupported.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { backendSections, frontendSections, type KeywordSpec, proxySections } from "./spec.ts";

/** What every proxy has: its mode, identity and limits. */
export const basicKeywords = [
  {
    name: "mode",
    sections: proxySections,
    syntax: "mode { tcp | http }",
    doc: "What the proxy speaks: HTTP, or any protocol over TCP, which is the default.",
    apply(line, draft) {
      const word = line.take("unknown proxy mode ''");
      const known = ["http", "tcp", "log", "spop"] as const;
      const mode = line.oneOf(word, known, `unknown proxy mode '${word.text}'`);
      line.end();
      if (mode !== "http" && mode !== "tcp") {
        const why = "there are HTTP and TCP only";
        throw line.error("unsupported", unsupported(`'mode ${mode}'`, why), word);
      }
      draft.mode = mode;
    },
  },
  {
    name: "id",
    sections: ["frontend", "backend", "listen"],
    syntax: "id <value>",
    doc: "Numeric identity of the proxy, positive and unique.",
    apply(line, draft) {
      const word = line.take("'id' expects an integer argument");
      const id = Number(word.text);
      if (!/^[0-9]+$/.test(word.text) || id === 0) {
        throw line.error("bad-number", "custom id has to be > 0", word);
      }
      line.end();
      draft.id = id;
      draft.idAt = word.at;
    },
  },
  {
    name: "description",
    sections: ["frontend", "backend", "listen"],
    syntax: "description <text>",
    doc: "A text about the proxy for people who read its statistics.",
    text: true,
    apply(line, draft) {
      line.take("'description' expects a string argument");
      draft.description = line.words.slice(1).map((word) => word.text).join(" ");
      line.takeAll();
    },
  },
  {
    name: "disabled",
    sections: proxySections,
    syntax: "disabled",
    doc: "The proxy is checked and not started.",
    apply(line, draft) {
      line.end();
      draft.disabled = true;
    },
  },
  {
    name: "enabled",
    sections: proxySections,
    syntax: "enabled",
    doc: "Undoes an inherited `disabled`.",
    apply(line, draft) {
      line.end();
      draft.disabled = false;
    },
  },
  {
    name: "maxconn",
    sections: frontendSections,
    syntax: "maxconn <conns>",
    doc: "Connections that the frontend accepts at once; more wait in the kernel's backlog.",
    apply(line, draft) {
      draft.maxconn = line.integer(line.take("'maxconn' expects an integer argument"), 0);
      line.end();
    },
  },
  {
    name: "rate-limit sessions",
    sections: frontendSections,
    syntax: "rate-limit sessions <rate>",
    doc: "New sessions a second that the frontend accepts; more wait in the kernel's backlog.",
    apply(line, draft) {
      const missing = "'rate-limit sessions' expects an integer value (in sessions/second)";
      const rate = line.integer(line.take(missing), 0);
      line.end();
      draft.sessionRateMax = rate === 0 ? undefined : rate;
    },
  },
  {
    name: "backlog",
    sections: frontendSections,
    syntax: "backlog <conns>",
    doc: "Length of the kernel's queue of connections not accepted yet.",
    apply(line, draft) {
      draft.backlog = line.integer(line.take("'backlog' expects an integer argument"), 0);
      line.end();
    },
  },
  {
    name: "fullconn",
    sections: backendSections,
    syntax: "fullconn <conns>",
    doc: "Load of the backend at which its servers reach their full `maxconn`.",
    apply(line, draft) {
      draft.fullconn = line.integer(line.take("'fullconn' expects an integer argument"), 0);
      line.end();
    },
  },
  {
    name: "retries",
    sections: backendSections,
    syntax: "retries <value>",
    doc: "How often a failed connection to a server is tried again; 3 by default.",
    apply(line, draft) {
      const missing = "'retries' expects an integer argument (dispatch counts for one)";
      draft.retries = line.integer(line.take(missing), 0);
      line.end();
    },
  },
  {
    name: "http-reuse",
    sections: backendSections,
    syntax: "http-reuse { never | safe | aggressive | always }",
    doc: "Which requests may use a connection that another client's request opened.",
    http: true,
    apply(line, draft) {
      const message = "'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'";
      const known = ["never", "safe", "aggressive", "always"] as const;
      draft.reuse = line.oneOf(line.take(message), known, message);
      line.end();
    },
  },
  {
    name: "http-send-name-header",
    sections: backendSections,
    syntax: "http-send-name-header [<header>]",
    doc: "Adds the chosen server's name to the request in this header.",
    http: true,
    apply(line, draft) {
      draft.sendNameHeader = line.take("'http-send-name-header' requires a header string").text
        .toLowerCase();
      line.end();
      const forbidden = ["connection", "content-length", "host", "transfer-encoding"];
      if (forbidden.includes(draft.sendNameHeader)) {
        const message = `'http-send-name-header' cannot use the header '${draft.sendNameHeader}'`;
        throw line.error("bad-value", message);
      }
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
