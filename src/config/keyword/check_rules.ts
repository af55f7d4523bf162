import { LangError } from "../../lang/spec.ts";
import { unsupported } from "../../lang/unsupported.ts";
import { Address } from "../../lang/address.ts";
import { type VariableAction, variableActionOf } from "../../rules/action/variable.ts";
import { RuleWords } from "../../rules/action_words.ts";
import type { CheckAddress } from "../check_plan.ts";
import type { RuleFamily } from "../compile/check_draft.ts";
import { type ConnectDraft, implicitConnect } from "../compile/check_steps.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { Word } from "../directive.ts";
import { isHostName, parsePort, splitSocketAddress } from "../socket_address.ts";
import { CheckLine } from "./check_line.ts";
import { takeExpectation } from "./expectation.ts";
import { backendSections, type KeywordSpec } from "./spec.ts";

type Connect = { -readonly [K in keyof ConnectDraft]: ConnectDraft[K] };

const connectOptions: Readonly<
  Record<string, (words: CheckLine, word: Word, connect: Connect) => void>
> = {
  default(_words, _word, connect) {
    connect.usesServer = true;
  },
  "send-proxy"(_words, _word, connect) {
    connect.sendProxy = true;
  },
  linger(_words, _word, connect) {
    connect.linger = true;
  },
  comment(words, word, connect) {
    connect.comment = words.argument(word).text;
  },
  addr(words, word, connect) {
    connect.address = takeAddress(words, word);
  },
  port(words, word, connect) {
    connect.port = takePort(words, word);
  },
};

const refusedOfConnect: Readonly<Record<string, string>> = {
  ssl: "there is no TLS",
  sni: "there is no TLS",
  alpn: "there is no TLS",
  "via-socks4": "there is no SOCKS",
  proto: "a check speaks HTTP/1 or what its rules say",
};

function takeConnect(words: CheckLine): ConnectDraft {
  const connect: Connect = { ...implicitConnect, usesServer: false };
  for (let word = words.next(); word; word = words.next()) {
    const option = Object.hasOwn(connectOptions, word.text) ? connectOptions[word.text] : undefined;
    if (!option) throw unknownOption(words, word);
    option(words, word, connect);
  }
  return connect;
}

function unknownOption(words: CheckLine, word: Word): Error {
  const why = Object.hasOwn(refusedOfConnect, word.text) ? refusedOfConnect[word.text] : undefined;
  if (why !== undefined) {
    const message = unsupported(`'${words.line.keyword} ${word.text}'`, why);
    return words.line.error("unsupported", message, word);
  }
  const known = "expects 'comment', 'port', 'addr', 'send-proxy', 'linger' or 'default'";
  return words.bad(`${known} but got '${word.text}' as argument`, word);
}

function takeAddress(words: CheckLine, option: Word): CheckAddress {
  const word = words.argument(option, "<ipv4|ipv6>");
  const address = splitSocketAddress(word.text);
  if (address.kind === "unix") return { kind: "unix", path: address.path };
  const bad = () => words.bad(`'addr' : invalid address: '${word.text}'`, word);
  if (address.kind !== "tcp") throw bad();
  const port = address.port === undefined ? undefined : parsePort(address.port);
  const { host } = address;
  if (!Address.parse(host) && !isHostName(host)) throw bad();
  if (address.port !== undefined && port === undefined) throw bad();
  return { kind: "tcp", host, port };
}

function takePort(words: CheckLine, option: Word) {
  const word = words.argument(option, "a port number or a sample expression");
  if (!/^[0-9]+$/.test(word.text)) return words.number(word, "port");
  const port = parsePort(word.text);
  if (port !== undefined) return port;
  throw words.bad(
    "expects a valid TCP port (from range 1 to 65535) or a sample expression, got " +
      `${word.text}`,
    word,
  );
}

function takeSet(words: CheckLine): VariableAction {
  const { line, scope } = words;
  const name = line.words[1]!;
  const parenthesised = /\((.*)\)$/.exec(name.text)?.[1];
  const rest = line.takeAll().map(({ text }) => text);
  try {
    const cursor = new RuleWords(rest, 0, parenthesised);
    const action = variableActionOf(line.keyword.split(" ")[1]!)(cursor, scope);
    const excess = cursor.peek();
    if (excess !== undefined) throw new LangError(`unexpected argument '${excess}'`, excess);
    return action;
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw line.place(error, "bad-value", words.say(error.message));
  }
}

function set(family: RuleFamily, name: string, argument: string, doc: string) {
  return {
    name: `${family} ${name}`,
    sections: backendSections,
    syntax: `${family} ${name}(<var-name>${argument}`,
    doc,
    apply(line, draft) {
      const words = new CheckLine(line, draft);
      const action = takeSet(words);
      words.add({ kind: "set", run: (cx) => void action.run(cx), comment: undefined });
    },
  } satisfies KeywordSpec<ProxyDraft>;
}

const patterns: Readonly<Record<RuleFamily, string>> = {
  "tcp-check": "string <string> | rstring <regex> | string-lf <fmt> | binary <hex> | " +
    "rbinary <regex> | binary-lf <hexfmt>",
  "http-check": "status <codes> | rstatus <regex> | hdr … | fhdr … | string <string> | " +
    "rstring <regex> | string-lf <fmt>",
};

/** The rules that both families have. */
export function checkRules(family: RuleFamily): KeywordSpec<ProxyDraft>[] {
  return [
    {
      name: `${family} connect`,
      sections: backendSections,
      syntax: `${family} connect [default] [port <expr>] [addr <ip>] [send-proxy] [linger] ` +
        "[comment <msg>]",
      doc: "Opens a connection for the steps behind it.",
      apply(line, draft) {
        const words = new CheckLine(line, draft);
        words.add(takeConnect(words));
      },
    },
    {
      name: `${family} expect`,
      sections: backendSections,
      syntax: `${family} expect [min-recv <int>] [comment <msg>] [ok-status <st>] ` +
        "[error-status <st>] [tout-status <st>] [on-success <fmt>] [on-error <fmt>] " +
        `[status-code <expr>] [!] { ${patterns[family]} }`,
      doc: family === "tcp-check"
        ? "What must come, or must not."
        : "What the answer must be like; 200 to 399 by default.",
      apply(line, draft) {
        const words = new CheckLine(line, draft);
        words.add(takeExpectation(words));
      },
    },
    {
      name: `${family} comment`,
      sections: backendSections,
      syntax: `${family} comment <string>`,
      doc: "What messages say of the steps behind it.",
      apply(line, draft) {
        const words = new CheckLine(line, draft);
        const { text } = line.take(words.say("expects a string as argument"));
        line.end();
        words.add({ kind: "comment", comment: text });
      },
    },
    set(family, "set-var", "[,<cond>...]) <expr>", "Sets a variable of the check to a sample."),
    set(family, "set-var-fmt", "[,<cond>...]) <fmt>", "Sets a variable of the check to a text."),
    set(family, "unset-var", ")", "Removes a variable of the check."),
  ];
}
