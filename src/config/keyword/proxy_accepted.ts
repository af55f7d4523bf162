import type { KeywordGroup } from "./spec.ts";

/** Proxy keywords that are taken and change nothing, and why. */
export const acceptedProxyKeywords: readonly KeywordGroup[] = [
  {
    why: "a connection to a server belongs to nobody between two requests",
    names: ["max-keep-alive-queue"],
  },
  {
    why: "a client keeps five connections to servers that are its own, as without it",
    names: ["max-session-srv-conns"],
  },
  {
    why: "data goes through memory, and is read only as fast as it is sent",
    names: [
      "option splice-auto",
      "option splice-request",
      "option splice-response",
      "option use-small-buffers",
    ],
  },
  {
    why: "counters are always exact",
    names: ["option contstats", "option socket-stats"],
  },
  { why: "there is no file of statistics", names: ["guid"] },
  { why: "there is no HTTP/2", names: ["option disable-h2-upgrade"] },
  {
    why: "header names are sent as they came",
    names: ["option h1-case-adjust-bogus-client", "option h1-case-adjust-bogus-server"],
  },
  {
    why: "what is written leaves at once",
    names: ["option http-no-delay"],
  },
  {
    why: "the head and what follows are written together, and the kernel does the rest",
    names: ["option tcp-smart-accept", "option tcp-smart-connect"],
  },
  {
    why: "the timeouts of the two sides never depend on each other",
    names: ["option independent-streams"],
  },
  {
    why: "the kernel ends connections by itself",
    names: ["option nolinger"],
  },
];
