import { haproxyVersion } from "../haproxy_version.ts";

/** What a condition can ask about. */
export interface ConditionFacts {
  /** Value of an environment or pseudo variable; undefined when it is not set. */
  variable(name: string): string | undefined;
  /** Version of HAProxy that the configuration may count on. */
  readonly version: string;
  /** HAProxy's names of build options that are there: `OPENSSL`. */
  readonly features: ReadonlySet<string>;
  /** HAProxy's names of settings that `enabled` knows and that are on: `EPOLL`. */
  readonly enabled: ReadonlySet<string>;
  /** The TLS library, if there is one. */
  readonly tls: TlsLibrary | undefined;
}

export interface TlsLibrary {
  readonly name: string;
  readonly version: string;
  /** Level of AWS-LC's interface, where it is that library. */
  readonly awslcApi: number | undefined;
  readonly fips: boolean;
}

/**
 * Features of HAProxy's builds that a configuration finds here too: sockets are polled by epoll,
 * names resolved by the system, passwords may be crypted, regular expressions are PCRE's.
 */
export const builtFeatures: readonly string[] = ["EPOLL", "GETADDRINFO", "LIBCRYPT", "PCRE2"];

/** The facts of this program. No `bind` or `server` line can use TLS, so there is no library. */
export function programFacts(variable: ConditionFacts["variable"]): ConditionFacts {
  return {
    variable,
    version: haproxyVersion,
    features: new Set(builtFeatures),
    enabled: new Set(["EPOLL", "GETADDRINFO"]),
    tls: undefined,
  };
}
