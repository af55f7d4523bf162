import type { Address } from "./address.ts";
import type { BackendFacts, Context, FrontendFacts, ServerFacts } from "./context.ts";
import type { Suggestion } from "./nearest.ts";
import type { Int, SampleType, Value } from "./value.ts";

/**
 * Where an expression stands; a fetch declares where it may be used. The names and their order are
 * HAProxy's 22 check points (`tables/sample-fetch-phases.legend.txt` of the reference).
 */
export const phases = [
  "fe_tcp_req_conn",
  "fe_tcp_req_sess",
  "fe_tcp_req_cont",
  "fe_http_req_hdr",
  "fe_http_req_body",
  "fe_use_backend",
  "be_tcp_req_cont",
  "be_http_req_hdr",
  "be_http_req_body",
  "be_set_server",
  "be_src_select",
  "be_tcp_res_cont",
  "be_http_res_hdr",
  "be_http_res_body",
  "be_stick_store",
  "fe_tcp_res_cont",
  "fe_http_res_hdr",
  "fe_http_res_body",
  "log",
  "be_check",
  "cfg_parser",
  "cli_parser",
] as const;
export type Phase = (typeof phases)[number];

/** Types of arguments in parentheses. Names (backend, server, userlist) are resolved at compile. */
export type ArgType =
  | "string"
  | "integer"
  | "time"
  | "size"
  | "frontend"
  | "backend"
  | "server"
  | "userlist"
  | "table"
  | "mask4"
  | "mask6"
  | "regex"
  | "map"
  | "variable";

export interface ArgSpec {
  readonly name: string;
  readonly type: ArgType;
  readonly optional?: true;
  /** Any number of further arguments of this type. */
  readonly repeated?: true;
}

/** Parsed arguments, by position; an optional one that was not given is undefined. */
export type Arg =
  | { readonly type: "string" | "regex" | "map" | "table"; readonly text: string }
  | { readonly type: "integer" | "time" | "size"; readonly value: Int }
  | { readonly type: "mask4" | "mask6"; readonly mask: Address }
  | { readonly type: "frontend"; readonly proxy: FrontendFacts }
  | { readonly type: "backend"; readonly proxy: BackendFacts }
  | { readonly type: "server"; readonly server: ServerFacts }
  | { readonly type: "userlist"; readonly userlist: UserlistFacts }
  | { readonly type: "variable"; readonly scope: string; readonly name: string };

/** Users and their groups; passwords never leave it. */
export interface UserlistFacts {
  readonly name: string;
  /** True when the user exists and the password (latin1) is theirs. */
  check(user: string, password: string): boolean;
  groupsOf(user: string): readonly string[];
}

/** What the compiler of an expression may ask of its surroundings. */
export interface Scope {
  /** Where the expression stands. */
  readonly phase: Phase;
  /** Name of the proxy it stands in; "" outside of one. */
  readonly proxyName: string;
  /** Where in the configuration, as `file:line`, for messages. */
  readonly where: string;
  /** Resolve a name; `undefined` name means "the current one". Undefined result: unknown. */
  frontend(name: string | undefined): FrontendFacts | undefined;
  backend(name: string | undefined): BackendFacts | undefined;
  server(backend: string | undefined, name: string): ServerFacts | undefined;
  userlist(name: string): UserlistFacts | undefined;
  /** Most bytes of a connection that are ever held (`tune.bufsize`); HAProxy's 16384 if absent. */
  readonly bufferBytesMax?: number;
  /** Environment for `env()`. */
  env(name: string): string | undefined;
  /** @param code `operator-ne` where HAProxy takes it without a word */
  warn(text: string, code?: "expression" | "operator-ne"): void;
}

/** A compiled fetch or whole expression (fetch and converters). */
export interface Fetch {
  /** Type of what `get` returns. */
  readonly type: SampleType;
  /** One value, as outside ACLs (log formats, `set-var`): the last header, the first parameter. */
  get(cx: Context): Value | undefined;
  /**
   * Every value in turn, as in ACLs, until `visit` returns true; absent where there is only one.
   * Returns true when `visit` did.
   */
  each?(cx: Context, visit: (value: Value) => boolean): boolean;
}

/** A row of a fetch table. */
export interface FetchSpec {
  readonly name: string;
  readonly args: readonly ArgSpec[];
  readonly type: SampleType;
  /** 22 characters, `Y` where usable, in the order of {@link phases}. */
  readonly phases: string;
  /** No side effect and the same answer within one evaluation: may be skipped or reordered. */
  readonly pure: boolean;
  /** Reads a connection's raw bytes (HAProxy's L6), which an HTTP stream does not have. */
  readonly raw?: true;
  /** One line for `sluice keywords` and the docs. */
  readonly doc: string;
  /** Checks and precomputes; throws {@link LangError} with HAProxy's text when arguments are wrong. */
  make(
    args: readonly (Arg | undefined)[],
    scope: Scope,
  ): Omit<Fetch, "type"> & { type?: SampleType };
}

/** A row of a converter table. A converter that fails returns undefined: as if nothing was fetched. */
export interface ConverterSpec {
  readonly name: string;
  readonly args: readonly ArgSpec[];
  readonly input: SampleType;
  readonly output: SampleType;
  readonly pure: boolean;
  readonly doc: string;
  make(
    args: readonly (Arg | undefined)[],
    scope: Scope,
  ): ((value: Value, cx: Context) => Value | undefined) | {
    readonly output: SampleType;
    convert(value: Value, cx: Context): Value | undefined;
  };
}

/** What is wrong with an expression or condition; the reader of the line adds where. */
export class LangError extends SyntaxError {
  override name = "LangError";
  /** `word` is the offending word, for the position and the nearest-word hint. */
  constructor(message: string, readonly word?: string, readonly suggestion?: Suggestion) {
    super(message);
  }

  /** The known word nearest to the offending one, searched for at each asking. */
  get nearest(): string | undefined {
    return this.suggestion?.();
  }
}
