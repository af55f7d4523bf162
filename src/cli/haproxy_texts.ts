import { existsSync } from "node:fs";
import process from "node:process";
import { builtFeatures } from "../config/condition/facts.ts";
import { haproxyVersion } from "../config/haproxy_version.ts";
import { haproxyFlags } from "./haproxy_flags.ts";
import { name, version, versionText } from "./version.ts";

/** `-v`: HAProxy's line, which programs look for, and what answers. */
export function versionLines(): string {
  return `HAProxy version ${haproxyVersion}-${name}-${version}\n` +
    `Status: this is ${versionText()}, which answers to HAProxy's command line.\n`;
}

/** `-vv`: programs look for the target and the features. */
export function buildOptionLines(): string {
  const libc = existsSync("/lib/ld-musl-x86_64.so.1") ? "musl" : "glibc";
  return `${versionLines()}Build options :
  TARGET  = ${process.platform}-${libc}
  CPU     = ${process.arch}

Feature list : ${builtFeatures.map((feature) => `+${feature}`).join(" ")}

Default settings :
  bufsize = 16384, maxrewrite = 1024

Available polling systems :
      epoll : pref=300,  test result OK
Total: 1 (1 usable), will use epoll.
`;
}

/** The usage of HAProxy's grammar, a line for each flag. */
export function usageLines(): string {
  const rows = haproxyFlags.map(({ name, arity, value, doc, noEffect }) => ({
    syntax: value === undefined ? name : `${name}${arity === "attached" ? "" : " "}${value}`,
    doc: noEffect === undefined ? doc : `${doc} No effect: ${noEffect}.`,
  }));
  const width = Math.max(...rows.map(({ syntax }) => syntax.length));
  const lines = rows.map(({ syntax, doc }) => `  ${syntax.padEnd(width)}  ${doc}`);
  return `Usage : ${name} [-f <file|folder>]* [<flag>]* [-- <file>*]\n${lines.join("\n")}\n`;
}
