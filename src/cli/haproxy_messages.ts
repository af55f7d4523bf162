import process from "node:process";
import type { Diagnostic } from "../config/diagnostic.ts";
import { displayText } from "../config/display_text.ts";
import { haproxyVersion } from "../config/haproxy_version.ts";
import { level } from "../observe/log_level.ts";
import { writeStandard } from "./standard_streams.ts";
import { name, version } from "./version.ts";

type Label = "ALERT" | "WARNING" | "NOTICE" | "DIAG";

/** What only Sluice finds: HAProxy takes such a configuration without a word. */
const ownFindings: ReadonlySet<string> = new Set([
  "checks-ignored",
  "operator-ne",
  "unused-acl",
  "unused-backend",
  "unused-defaults",
]);

/** It concerns a whole file: there is no line to name. */
const withoutPlace = "unreadable-file";

export interface MessageOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Shows what is only suspicious. */
  readonly diagnostics: boolean;
}

/** What HAProxy writes on the terminal: `[WARNING]  (pid) : text`. */
export class HaproxyMessages {
  /** A warning was given, shown or not. */
  warned = false;
  #introduced = false;

  constructor(
    private options: MessageOptions,
    private readonly write: (text: string) => void = (text) => writeStandard(2, text),
  ) {}

  /** Says nothing from now on, unless it is to be verbose. */
  hush(): void {
    this.options = { ...this.options, quiet: true };
  }

  alert(text: string): void {
    this.#say("ALERT", text);
  }

  warning(text: string): void {
    this.warned = true;
    this.#say("WARNING", text);
  }

  notice(text: string): void {
    this.#say("NOTICE", text);
  }

  /**
   * An event of the running gateway. HAProxy shows as a warning what it logs at whatever level,
   * but for a backend without servers.
   */
  event(severity: number, text: string): void {
    this.#introduced = true;
    this.#say(severity === level.emerg ? "ALERT" : "WARNING", text);
  }

  /** The findings about a configuration, and HAProxy's closing words when it is refused. */
  findings(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.#finding(diagnostic);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    if (errors.every(({ code }) => code === withoutPlace)) return;
    for (const file of new Set(errors.map(({ at }) => at.file))) {
      this.alert(`config : Error(s) found in configuration file : ${file}`);
    }
    this.alert("config : Fatal errors found in configuration.");
  }

  #finding(diagnostic: Diagnostic): void {
    const text = `config : ${findingText(diagnostic)}`;
    switch (diagnostic.severity) {
      case "error":
        return this.alert(text);
      case "warning":
        if (!ownFindings.has(diagnostic.code)) return this.warning(text);
        return this.options.diagnostics ? this.#say("DIAG", text) : undefined;
      case "notice":
        return this.notice(text);
      default:
        return diagnostic.severity satisfies never;
    }
  }

  #say(label: Label, text: string): void {
    if (this.options.quiet && !this.options.verbose) return;
    if (!this.#introduced && label !== "NOTICE") {
      this.#introduced = true;
      this.notice(`${name} version is ${version}, for configurations of haproxy ${haproxyVersion}`);
      this.notice(`path to executable is ${process.execPath}`);
    }
    const lines = displayText(text).split("\n").join("\n   | ");
    this.write(`${`[${label}]`.padEnd(10)} (${process.pid}) : ${lines}\n`);
  }
}

/** HAProxy names the line, except in what it finds about whole proxies once all is read. */
function findingText({ code, message, at, hint }: Diagnostic): string {
  if (code === withoutPlace) return message;
  const text = hint === undefined ? message : `${message}; did you mean '${hint}' maybe ?`;
  const full = /[.?!:)]$/.test(text) ? text : `${text}.`;
  return /^(Proxy|Server) '|^missing timeouts/.test(message)
    ? full
    : `parsing [${at.file}:${at.line}] : ${full}`;
}
