import type { SectionKind } from "./directive.ts";

/** A row of the section table. */
export interface SectionSpec {
  readonly kind: SectionKind;
  /** Whether a name follows the keyword. */
  readonly name: "none" | "optional" | "required";
  /** `from NAME` may follow it. */
  readonly inherits: boolean;
  readonly doc: string;
}

export const sectionSpecs = [
  { kind: "global", name: "none", inherits: false, doc: "Settings of the process." },
  {
    kind: "defaults",
    name: "optional",
    inherits: true,
    doc: "Settings that the following proxies start from; a named one where `from` asks for it.",
  },
  {
    kind: "frontend",
    name: "required",
    inherits: true,
    doc: "Sockets that clients connect to and the rules that choose a backend.",
  },
  {
    kind: "backend",
    name: "required",
    inherits: true,
    doc: "Servers and how one of them is chosen.",
  },
  {
    kind: "listen",
    name: "required",
    inherits: true,
    doc: "A frontend and a backend of one name in one section.",
  },
  {
    kind: "userlist",
    name: "required",
    inherits: false,
    doc: "Users, passwords and groups for `http_auth`.",
  },
  {
    kind: "http-errors",
    name: "required",
    inherits: false,
    doc: "A set of error pages that `errorfiles` refers to.",
  },
  {
    kind: "resolvers",
    name: "required",
    inherits: false,
    doc: "Name servers that are asked while the gateway runs.",
  },
] as const satisfies readonly SectionSpec[];

const specs = new Map<string, SectionSpec>(sectionSpecs.map((spec) => [spec.kind, spec]));

export function findSection(keyword: string): SectionSpec | undefined {
  return specs.get(keyword);
}

/** Sections that HAProxy has and Sluice does not, and why. */
export const unsupportedSections: ReadonlyMap<string, string> = new Map([
  ["acme", "there is no TLS"],
  ["cache", "nothing is cached"],
  ["crt-store", "there is no TLS"],
  ["dynamic-update", "there are no runtime commands"],
  ["fcgi-app", "there is no FastCGI"],
  ["healthcheck", "checks are described in their backend"],
  ["log-forward", "it forwards no logs"],
  ["log-profile", "a log line has one format"],
  ["mailers", "it sends no mail"],
  ["peers", "there are no stick tables"],
  ["program", "it runs no other programs"],
  ["ring", "lines go to syslog, files and the terminal"],
  ["traces", "there is no tracing"],
]);

/** Whether a word begins a section of HAProxy's language, supported or not. */
export function beginsSection(word: string): boolean {
  return specs.has(word) || unsupportedSections.has(word);
}

export function sectionNames(): string[] {
  return sectionSpecs.map((spec) => spec.kind);
}
