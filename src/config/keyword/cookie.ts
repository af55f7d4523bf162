import type { Line } from "../compile/line.ts";
import { settled, takeSuffix } from "../compile/condition_suffix.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import { LineScope } from "../compile/rule_scope.ts";
import type { Word } from "../directive.ts";
import type { CookiePlan } from "../backend_plan.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

type CookieDraft = { -readonly [K in keyof CookiePlan]: CookiePlan[K] };

const flags: Readonly<Record<string, (draft: CookieDraft) => void>> = {
  indirect: (draft) => void (draft.indirect = true),
  nocache: (draft) => void (draft.nocache = true),
  postonly: (draft) => void (draft.postonly = true),
  preserve: (draft) => void (draft.preserve = true),
  dynamic: (draft) => void (draft.dynamic = true),
};
/** The cookie of terminal servers; the one that `balance rdp-cookie` hashes is the client's. */
const rdpCookieDefault = "msts";
const modes = ["rewrite", "insert", "prefix"] as const;

/** Attributes stand in the order in which HAProxy writes them. */
interface Attributes {
  domains: string;
  httpOnly: boolean;
  secure: boolean;
  others: string[];
}

function cookie(line: Line, draft: ProxyDraft): void {
  const name = line.take("'cookie' expects <cookie_name> as argument").text;
  const set: CookieDraft = {
    name,
    mode: "passive",
    indirect: false,
    nocache: false,
    postonly: false,
    preserve: false,
    dynamic: false,
    maxIdleSeconds: undefined,
    maxLifeSeconds: undefined,
    logged: false,
    attributes: "",
  };
  const attributes: Attributes = { domains: "", httpOnly: false, secure: false, others: [] };
  const chosen = new Set<(typeof modes)[number]>();
  for (let word = line.rest[0]; word; word = line.rest[0]) {
    line.take("");
    const mode = modes.find((known) => known === word.text);
    if (mode) chosen.add(set.mode = mode);
    else if (flags[word.text]) flags[word.text]!(set);
    else takeArgument(line, word, set, attributes);
  }
  checkModes(line, set, chosen);
  set.logged = set.mode !== "passive" || set.indirect;
  set.attributes = attributesText(attributes);
  draft.cookie = set;
}

function takeArgument(line: Line, word: Word, set: CookieDraft, attributes: Attributes): void {
  const { text } = word;
  switch (text) {
    case "httponly":
      attributes.httpOnly = true;
      return;
    case "secure":
      attributes.secure = true;
      return;
    case "domain":
      attributes.domains += `; domain=${takeDomain(line)}`;
      return;
    case "attr":
      attributes.others.push(takeAttribute(line));
      return;
    case "maxidle":
      set.maxIdleSeconds = seconds(line, text);
      return;
    case "maxlife":
      set.maxLifeSeconds = seconds(line, text);
      return;
  }
  const message = "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', " +
    "'postonly', 'domain', 'maxidle', 'dynamic', 'maxlife' and 'attr' options";
  throw line.error("bad-value", message, word);
}

function takeDomain(line: Line): string {
  const word = line.take("'domain' expects <domain> as argument");
  if (word.text.includes(".", 1)) return word.text;
  const message = `domain '${word.text}' contains no embedded dot, this configuration may not ` +
    "work properly (see RFC6265#5.2.3)";
  line.warn("cookie-domain", message, word);
  return word.text;
}

function takeAttribute(line: Line): string {
  const word = line.take("'attr' expects <value> as argument");
  // They would end the field, or the attribute.
  const forbidden = [...word.text].find((c) => c < " " || c === "\x7f" || c === ";");
  if (forbidden === undefined) return word.text;
  const code = forbidden.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0");
  const message = `character '%x${code}' is not permitted in attribute value`;
  throw line.error("bad-value", message, word);
}

function seconds(line: Line, name: string): number {
  const word = line.take(`'${name}' expects <idletime> in seconds as argument`);
  return Math.floor(line.time(word, "s", name) / 1000);
}

function checkModes(
  line: Line,
  { indirect, preserve }: CookieDraft,
  chosen: ReadonlySet<(typeof modes)[number]>,
): void {
  const faults: Readonly<Record<string, boolean>> = {
    "cookie 'rewrite' and 'indirect' modes are incompatible": chosen.has("rewrite") && indirect,
    "cookie 'rewrite', 'insert' and 'prefix' modes are incompatible": chosen.size > 1,
    "cookie 'preserve' requires at least 'insert' or 'indirect'": preserve && !indirect &&
      !chosen.has("insert"),
  };
  for (const [message, holds] of Object.entries(faults)) {
    if (holds) throw line.error("bad-value", message);
  }
}

function attributesText({ domains, httpOnly, secure, others }: Attributes): string {
  return domains + (httpOnly ? "; HttpOnly" : "") + (secure ? "; Secure" : "") +
    others.map((other) => `; ${other}`).join("");
}

function persistRule(kind: "force" | "ignore", doc: string): KeywordSpec<ProxyDraft> {
  const name = `${kind}-persist`;
  return {
    name,
    sections: ["backend", "listen"],
    syntax: `${name} { if | unless } <condition>`,
    doc,
    apply(line, draft) {
      const required = `'${name}' requires either 'if' or 'unless' followed by a condition`;
      const scope = new LineScope(line, draft, "be_set_server");
      const suffix = takeSuffix(line, scope, `${name} rule`, () => required);
      if (!suffix) throw line.error("no-condition", required);
      draft.persist.push({ kind, condition: settled(suffix) });
    },
  };
}

/** How a client is led back to its server by a cookie. */
export const cookieKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  {
    name: "cookie",
    sections: backendSections,
    syntax: "cookie <name> [rewrite | insert | prefix] [indirect] [nocache] [postonly] " +
      "[preserve] [dynamic] [httponly] [secure] [domain <domain>]* [maxidle <time>] [maxlife <time>] " +
      "[attr <value>]*",
    doc: "Leads a client back to its server by a cookie that names it.",
    http: true,
    apply: cookie,
  },
  {
    name: "dynamic-cookie-key",
    sections: backendSections,
    syntax: "dynamic-cookie-key <string>",
    doc: "The secret of which `cookie … dynamic` makes names for servers.",
    apply(line, draft) {
      const missing = "'dynamic-cookie-key' expects <secret_key> as argument";
      draft.cookieKey = line.take(missing).text;
      line.takeAll();
    },
  },
  {
    name: "persist rdp-cookie",
    sections: backendSections,
    syntax: "persist rdp-cookie[(<name>)]",
    doc: "Leads an RDP client back to the server whose address is in its cookie.",
    apply(line, draft) {
      const word = line.words[1]!;
      const [, name] = /^rdp-cookie(?:\(([^)]+)\))?$/.exec(word.text) ?? [];
      if (name === undefined && word.text !== "rdp-cookie") {
        const message = "persist rdp-cookie(name)' requires an rdp cookie name";
        throw line.error("missing-argument", message, word);
      }
      draft.rdpCookie = name ?? rdpCookieDefault;
      line.end();
    },
  },
  persistRule("force", "Follows a client's cookie to its server even if that one is down."),
  persistRule("ignore", "Neither follows nor gives a cookie."),
];
