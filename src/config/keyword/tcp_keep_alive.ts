import type { Line } from "../compile/line.ts";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { SectionKind } from "../directive.ts";
import type { KeepAlive } from "../bind_plan.ts";
import { backendSections, frontendSections, type KeywordSpec, proxySections } from "./spec.ts";

type Side = keyof ProxyDraft["keepAlive"];
type Part = keyof KeepAlive;

/** The most that Linux takes (MAX_TCP_KEEPCNT, MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL). */
const maxima: Readonly<Record<Part, number>> = {
  probes: 127,
  idleSeconds: 32767,
  intervalSeconds: 32767,
};

function takeCount(line: Line): number {
  const word = line.take(`'${line.keyword}' expects an integer value`);
  return line.integer(word, 0);
}

/** Seconds, a part of one counted as a whole, as HAProxy does. */
function takeSeconds(line: Line): number {
  const word = line.take(`'${line.keyword}' expects an integer value`);
  return Math.ceil(line.time(word, "s") / 1000);
}

/** A setting of one side's probes; 0 leaves it to the kernel. */
function setting(
  side: Side,
  part: Part,
  syntax: string,
  sections: readonly SectionKind[],
  doc: string,
): KeywordSpec<ProxyDraft> {
  const [name] = syntax.split(" ") as [string];
  const take = part === "probes" ? takeCount : takeSeconds;
  const max = maxima[part];
  return {
    name,
    sections,
    syntax,
    doc,
    apply(line, draft) {
      const value = take(line);
      line.end();
      // HAProxy does not look whether the kernel has taken it.
      const isTaken = value > 0 && value <= max;
      if (value > max) {
        const message = `'${name}' : the kernel takes at most ${max}, and keeps its own value`;
        line.warn("bad-number", message);
      }
      draft.keepAlive[side] = { ...draft.keepAlive[side], [part]: isTaken ? value : undefined };
    },
  };
}

/** What `option tcpka` turns on, and how it probes. */
export const tcpKeepAliveKeywords: readonly KeywordSpec<ProxyDraft>[] = [
  {
    name: "option tcpka",
    sections: proxySections,
    syntax: "option tcpka",
    doc: "Lets the kernel probe silent connections, on both sides.",
    apply(line, draft) {
      line.end();
      draft.options.add("clitcpka").add("srvtcpka");
    },
  },
  setting(
    "client",
    "probes",
    "clitcpka-cnt <count>",
    frontendSections,
    "Unanswered probes after which a client is gone (TCP_KEEPCNT).",
  ),
  setting(
    "client",
    "idleSeconds",
    "clitcpka-idle <timeout>",
    frontendSections,
    "How long a client is silent before it is probed (TCP_KEEPIDLE); in seconds by default.",
  ),
  setting(
    "client",
    "intervalSeconds",
    "clitcpka-intvl <timeout>",
    frontendSections,
    "Time between two probes of a client (TCP_KEEPINTVL); in seconds by default.",
  ),
  setting(
    "server",
    "probes",
    "srvtcpka-cnt <count>",
    backendSections,
    "Unanswered probes after which a server is gone (TCP_KEEPCNT).",
  ),
  setting(
    "server",
    "idleSeconds",
    "srvtcpka-idle <timeout>",
    backendSections,
    "How long a server is silent before it is probed (TCP_KEEPIDLE); in seconds by default.",
  ),
  setting(
    "server",
    "intervalSeconds",
    "srvtcpka-intvl <timeout>",
    backendSections,
    "Time between two probes of a server (TCP_KEEPINTVL); in seconds by default.",
  ),
];
