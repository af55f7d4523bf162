/** What HAProxy's command line asks for. */
export interface HaproxySettings {
  readonly files: string[];
  /** What is done instead of serving; the last one counts. */
  action: "serve" | "check" | "condition" | "version" | "build-options";
  /** `-cc`. */
  condition: string;
  /** `-D`; it wins over {@link HaproxySettings.foreground}. */
  daemon: boolean;
  /** `-d`, `-db`, `-Ws`: the configuration's `daemon` does not count. */
  foreground: boolean;
  masterWorker: boolean;
  /** `-Ws`: the master tells the service manager. */
  notifies: boolean;
  quiet: boolean;
  verbose: boolean;
  zeroWarning: boolean;
  /** `-dD`: findings that HAProxy itself would not have are shown. */
  diagnostics: boolean;
  /** `-dr`. */
  unresolvedAllowed: boolean;
  pidFile: string | undefined;
  localPeer: string | undefined;
  /** `-C`. */
  folder: string | undefined;
  /** `-n`, `-N`; undefined or 0 leaves it to the configuration. */
  maxconn: number | undefined;
  proxyMaxconn: number | undefined;
  /** `-x`. */
  takeoverSocket: string | undefined;
  /** `-S`. */
  masterSocket: string | undefined;
  /** `-sf`, `-st`. */
  oldProcesses: { readonly signal: "SIGUSR1" | "SIGTERM"; readonly pids: readonly number[] };
  /** `-dK`: classes of keywords to list. */
  keywordClasses: readonly string[];
  /** `-dL`. */
  listsObjects: boolean;
  /** `-dC`. */
  showsConfiguration: boolean;
}

export function haproxySettings(): HaproxySettings {
  return {
    files: [],
    action: "serve",
    condition: "",
    daemon: false,
    foreground: false,
    masterWorker: false,
    notifies: false,
    quiet: false,
    verbose: false,
    zeroWarning: false,
    diagnostics: false,
    unresolvedAllowed: false,
    pidFile: undefined,
    localPeer: undefined,
    folder: undefined,
    maxconn: undefined,
    proxyMaxconn: undefined,
    takeoverSocket: undefined,
    masterSocket: undefined,
    oldProcesses: { signal: "SIGUSR1", pids: [] },
    keywordClasses: [],
    listsObjects: false,
    showsConfiguration: false,
  };
}
