import type { ConditionFacts } from "./facts.ts";
import { compareVersions } from "./version.ts";

/** A row of the table of predicates that `.if` knows. */
export interface PredicateSpec {
  readonly name: string;
  readonly syntax: string;
  readonly doc: string;
  /** Names of the arguments; all are needed. */
  readonly args: readonly string[];
  holds(args: readonly string[], facts: ConditionFacts): boolean;
}

/** A predicate of one argument. */
function unary(
  name: string,
  arg: string,
  doc: string,
  holds: (value: string, facts: ConditionFacts) => boolean,
): PredicateSpec {
  return {
    name,
    syntax: `${name}(<${arg}>)`,
    doc,
    args: [arg],
    holds: ([value = ""], facts) => holds(value, facts),
  };
}

function ofStrings(
  name: string,
  doc: string,
  holds: (a: string, b: string) => boolean,
): PredicateSpec {
  return {
    name,
    syntax: `${name}(<string>,<string>)`,
    doc,
    args: ["string", "string"],
    holds: ([a = "", b = ""]) => holds(a, b),
  };
}

/**
 * What a condition of the configuration can ask. Without a TLS library all that is asked about one
 * is false, where HAProxy ends: the block that needs TLS is left out, and so is its alternative.
 */
export const predicates: readonly PredicateSpec[] = [
  unary(
    "defined",
    "name",
    "The environment has this variable.",
    (name, facts) => facts.variable(name) !== undefined,
  ),
  unary(
    "feature",
    "name",
    "The program has this feature of HAProxy's builds.",
    (name, facts) => facts.features.has(name),
  ),
  ofStrings("streq", "Both strings are equal.", (a, b) => a === b),
  ofStrings("strneq", "The strings differ.", (a, b) => a !== b),
  ofStrings("strstr", "The first string holds the second.", (a, b) => a.includes(b)),
  unary(
    "version_atleast",
    "version",
    "The version of HAProxy that is followed is this one or later.",
    (version, facts) => compareVersions(facts.version, version) >= 0,
  ),
  unary(
    "version_before",
    "version",
    "The version of HAProxy that is followed is older than this one.",
    (version, facts) => compareVersions(facts.version, version) < 0,
  ),
  unary(
    "openssl_version_atleast",
    "version",
    "The TLS library has this version or a later one.",
    (version, { tls }) => tls !== undefined && compareVersions(tls.version, version) >= 0,
  ),
  unary(
    "openssl_version_before",
    "version",
    "The TLS library is older than this version.",
    (version, { tls }) => tls !== undefined && compareVersions(tls.version, version) < 0,
  ),
  unary(
    "ssllib_name_startswith",
    "name",
    "The TLS library's name begins with this.",
    (name, { tls }) => tls?.name.startsWith(name) ?? false,
  ),
  unary(
    "awslc_api_atleast",
    "version",
    "The TLS library is AWS-LC with this interface or a later one.",
    (version, { tls }) => tls?.awslcApi !== undefined && tls.awslcApi >= Number(version),
  ),
  unary(
    "awslc_api_before",
    "version",
    "The TLS library is AWS-LC with an older interface.",
    (version, { tls }) => tls?.awslcApi !== undefined && tls.awslcApi < Number(version),
  ),
  unary(
    "enabled",
    "name",
    "This setting of HAProxy's is on.",
    (name, facts) => facts.enabled.has(name),
  ),
  {
    name: "fips_mode",
    syntax: "fips_mode",
    doc: "The TLS library is in FIPS mode.",
    args: [],
    holds: (_args, { tls }) => tls?.fips ?? false,
  },
];

const byName = new Map(predicates.map((spec) => [spec.name, spec]));

export function findPredicate(name: string): PredicateSpec | undefined {
  return byName.get(name);
}
