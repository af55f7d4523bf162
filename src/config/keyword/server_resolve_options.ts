import { LangError } from "../../lang/spec.ts";
import { type Network, parseNetwork } from "../../lang/pattern/network.ts";
import type { Line } from "../compile/line.ts";
import type { ServerOptions } from "../compile/server_draft.ts";
import type { Word } from "../directive.ts";
import type { OptionSpec } from "./spec.ts";

const networksMax = 5;

function parseNetworks(line: Line, word: Word): Network[] {
  const texts = word.text.split(",").filter((text) => text !== "");
  if (texts.length > networksMax) {
    throw line.error("bad-address", `'resolve-net' exceed ${networksMax} networks`, word);
  }
  return texts.map((text) => {
    try {
      return parseNetwork(text);
    } catch (error) {
      if (!(error instanceof LangError)) throw error;
      throw line.error("bad-address", `'resolve-net' invalid network '${text}'`, word);
    }
  });
}

/** Whether two servers of one name may have one address; weights are those of SRV records. */
function allowsDuplicates(line: Line, word: Word, before: boolean): boolean {
  const known = ["allow-dup-ip", "ignore-weight", "prevent-dup-ip"] as const;
  let allowed = before;
  for (const text of word.text.split(",").filter((text) => text !== "")) {
    const message = `'resolve-opts' : unknown resolve-opts option '${text}', supported methods ` +
      "are 'allow-dup-ip', 'ignore-weight', and 'prevent-dup-ip'";
    const option = line.oneOf({ ...word, text }, known, message);
    if (option !== "ignore-weight") allowed = option === "allow-dup-ip";
  }
  return allowed;
}

/** How a server's name is followed while the gateway runs. */
export const resolveOptions: readonly OptionSpec<ServerOptions>[] = [
  {
    name: "resolvers",
    syntax: "resolvers <name>",
    doc: "Follows the server's name, asking the name servers of that section.",
    apply(line, draft) {
      draft.resolvers = line.take("'resolvers' expects an argument");
    },
  },
  {
    name: "resolve-prefer",
    syntax: "resolve-prefer { ipv4 | ipv6 }",
    doc: "The family to take where the name has addresses of both; `ipv6`.",
    apply(line, draft) {
      const message = "'resolve-prefer' expects either ipv4 or ipv6 as argument";
      const word = line.take(message);
      const family = line.oneOf(word, ["ipv4", "ipv6"] as const, message) === "ipv4" ? 4 : 6;
      draft.preference = { ...draft.preference, family };
    },
  },
  {
    name: "resolve-net",
    syntax: "resolve-net <network>[,...]",
    doc: "Networks whose addresses are taken first; five at most.",
    apply(line, draft) {
      const networks = parseNetworks(line, line.take("'resolve-net' expects a list of networks"));
      draft.preference = { ...draft.preference, networks };
    },
  },
  {
    name: "resolve-opts",
    syntax: "resolve-opts { allow-dup-ip | ignore-weight | prevent-dup-ip }[,...]",
    doc: "Whether servers of one name may share an address; by default they do not.",
    apply(line, draft) {
      const word = line.take("'resolve-opts' expects an argument");
      const { preference } = draft;
      const duplicates = allowsDuplicates(line, word, preference.allowsDuplicates);
      draft.preference = { ...preference, allowsDuplicates: duplicates };
    },
  },
];
