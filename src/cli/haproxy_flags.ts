import type { HaproxySettings } from "./haproxy_settings.ts";

/**
 * How a flag takes its values: `one` word behind it, `pids` up to the next flag, `rest` all that
 * follow, `attached` in the same word.
 */
export type Arity = "none" | "one" | "pids" | "rest" | "attached";

/** A flag of HAProxy's command line. */
export interface FlagSpec {
  readonly name: string;
  readonly arity: Arity;
  /** What stands for the value in the usage. */
  readonly value?: string;
  readonly doc: string;
  /** Why it changes nothing here. */
  readonly noEffect?: string;
  /** Throws {@link FlagError} for a value that makes no sense. */
  apply?(settings: HaproxySettings, values: readonly string[]): void;
}

/** A value that makes no sense; the message is HAProxy's. */
export class FlagError extends Error {
  override name = "FlagError";
}

const noPollers = "the runtime waits for events by epoll, and knows no other way";

/** HAProxy's `atol`: digits in front, 0 without any. */
function leadingInteger(text: string): number {
  return Number.parseInt(text, 10) || 0;
}

function processNumbers(flag: string, values: readonly string[]): number[] {
  return values.map((text) => {
    if (/^[0-9]+$/.test(text) && Number(text) > 0) return Number(text);
    throw new FlagError(`${flag} option: some bytes unconsumed in PID list {${text}}`);
  });
}

const doing: readonly FlagSpec[] = [
  {
    name: "-f",
    arity: "one",
    value: "<file|folder>",
    doc: "A configuration file, or a folder of .cfg files; may be repeated.",
    apply: (settings, values) => void settings.files.push(...values),
  },
  {
    name: "--",
    arity: "rest",
    value: "<file>*",
    doc: "All that follows are configuration files or folders.",
    apply: (settings, values) => void settings.files.push(...values),
  },
  {
    name: "-c",
    arity: "none",
    doc: "Checks the configuration: exit status 0, 1 for errors, 2 when nothing listens.",
    apply: (settings) => void (settings.action = "check"),
  },
  {
    name: "-cc",
    arity: "one",
    value: "<condition>",
    doc: "Evaluates a condition of `.if`: exit status 0 for true, 1 for false, 2 for an error.",
    apply(settings, values) {
      settings.action = "condition";
      settings.condition = values[0]!;
    },
  },
  {
    name: "-v",
    arity: "none",
    doc: "Prints the version and ends.",
    apply: (settings) => void (settings.action = "version"),
  },
  {
    name: "-vv",
    arity: "none",
    doc: "Prints the version and what it was made with, and ends.",
    apply: (settings) => void (settings.action = "build-options"),
  },
];

const speaking: readonly FlagSpec[] = [
  {
    name: "-V",
    arity: "none",
    doc: "Says more; takes back `-q` and `quiet`.",
    apply: (settings) => void (settings.verbose = true),
  },
  {
    name: "-q",
    arity: "none",
    doc: "Says nothing.",
    apply: (settings) => void (settings.quiet = true),
  },
  {
    name: "-d",
    arity: "none",
    doc: "Stays in the foreground; unlike HAProxy, it does not print the traffic.",
    apply: (settings) => void (settings.foreground = true),
  },
  {
    name: "-dD",
    arity: "none",
    doc: "Also shows what is only suspicious; it never counts as a warning.",
    apply: (settings) => void (settings.diagnostics = true),
  },
  {
    name: "-dW",
    arity: "none",
    doc: "Any warning is fatal, as with `zero-warning`.",
    apply: (settings) => void (settings.zeroWarning = true),
  },
  {
    name: "-dC",
    arity: "attached",
    value: "[<key>]",
    doc:
      "Prints the configuration files as they are, once they are checked; a key changes nothing.",
    apply: (settings) => void (settings.showsConfiguration = true),
  },
  {
    name: "-dK",
    arity: "attached",
    value: "<class>[,<class>]*",
    doc: "Lists keywords once the configuration is checked; `-dKhelp` names the classes.",
    apply: (settings, values) => void (settings.keywordClasses = values[0]!.split(",")),
  },
  {
    name: "-dL",
    arity: "none",
    doc: "Lists the loaded object files once the configuration is checked.",
    apply: (settings) => void (settings.listsObjects = true),
  },
];

const running: readonly FlagSpec[] = [
  {
    name: "-db",
    arity: "none",
    doc: "Stays in the foreground, whatever `daemon` in the configuration says.",
    apply: (settings) => void (settings.foreground = true),
  },
  {
    name: "-D",
    arity: "none",
    doc: "Serves in the background; ends once it does, with exit status 1 when it can't.",
    apply: (settings) => void (settings.daemon = true),
  },
  {
    name: "-W",
    arity: "none",
    doc: "A master process keeps a worker that serves.",
    apply: (settings) => void (settings.masterWorker = true),
  },
  {
    name: "-Ws",
    arity: "none",
    doc: "The same, in the foreground, and the master tells the service manager (NOTIFY_SOCKET).",
    apply: (settings) =>
      void (settings.masterWorker = settings.notifies = settings.foreground = true),
  },
  {
    name: "-S",
    arity: "one",
    value: "<bind>[,<option>]*",
    doc: "The master's socket for commands: there are none yet, and a warning says so.",
    apply: (settings, values) => void (settings.masterSocket = values[0]),
  },
  {
    name: "-p",
    arity: "one",
    value: "<file>",
    doc: "Where the process writes its number, with `-D`, `-W` or `-Ws`.",
    apply: (settings, values) => void (settings.pidFile = values[0]),
  },
  {
    name: "-C",
    arity: "one",
    value: "<folder>",
    doc: "The folder to change to before anything is read.",
    apply: (settings, values) => void (settings.folder = values[0]),
  },
  {
    name: "-L",
    arity: "one",
    value: "<name>",
    doc: "The name of this peer: `$HAPROXY_LOCALPEER` in the configuration.",
    apply: (settings, values) => void (settings.localPeer = values[0]),
  },
  {
    name: "-n",
    arity: "one",
    value: "<number>",
    doc: "Connections of the process at once; wins over `maxconn` in `global`.",
    apply: (settings, values) => void (settings.maxconn = leadingInteger(values[0]!)),
  },
  {
    name: "-N",
    arity: "one",
    value: "<number>",
    doc: "Connections of a frontend at once where it has no `maxconn`.",
    apply: (settings, values) => void (settings.proxyMaxconn = leadingInteger(values[0]!)),
  },
  {
    name: "-dr",
    arity: "none",
    doc: "Goes on when a server's name can't be resolved: the server is disabled.",
    apply: (settings) => void (settings.unresolvedAllowed = true),
  },
  {
    name: "-x",
    arity: "one",
    value: "<socket>",
    doc: "Takes the listening sockets of the process that answers there; /dev/null asks for none.",
    apply: (settings, values) => void (settings.takeoverSocket = values[0]),
  },
  {
    name: "-sf",
    arity: "pids",
    value: "<pid>*",
    doc: "Old processes that finish their work once this one has bound its sockets (SIGUSR1).",
    apply(settings, values) {
      settings.oldProcesses = { signal: "SIGUSR1", pids: processNumbers("-sf", values) };
    },
  },
  {
    name: "-st",
    arity: "pids",
    value: "<pid>*",
    doc: "Old processes that end once this one has bound its sockets (SIGTERM).",
    apply(settings, values) {
      settings.oldProcesses = { signal: "SIGTERM", pids: processNumbers("-st", values) };
    },
  },
];

const withoutEffect: readonly FlagSpec[] = [
  {
    name: "-m",
    arity: "one",
    value: "<megabytes>",
    doc: "Limits the memory of the process.",
    noEffect: "the runtime reserves far more addresses than it uses memory; a limit would end it",
  },
  {
    name: "-dM",
    arity: "attached",
    value: "[<byte>,...]",
    doc: "Poisons memory.",
    noEffect: "the runtime has no uninitialised memory",
  },
  {
    name: "-dI",
    arity: "none",
    doc: "Lets the process start others.",
    noEffect: "nothing keeps it from that",
  },
  { name: "-de", arity: "none", doc: "Does without epoll.", noEffect: noPollers },
  { name: "-dp", arity: "none", doc: "Does without poll.", noEffect: noPollers },
  { name: "-ds", arity: "none", doc: "Does without epoll, in old versions.", noEffect: noPollers },
  { name: "-dk", arity: "none", doc: "Does without kqueue.", noEffect: noPollers },
  {
    name: "-dS",
    arity: "none",
    doc: "Does without splice().",
    noEffect: "splice() is not used",
  },
  {
    name: "-dZ",
    arity: "none",
    doc: "Does without zero-copy forwarding.",
    noEffect: "bytes go through the process",
  },
  {
    name: "-dF",
    arity: "none",
    doc: "Does without fast forwarding.",
    noEffect: "there is one way to forward",
  },
  {
    name: "-dG",
    arity: "none",
    doc: "Does without getaddrinfo().",
    noEffect: "names are resolved by the runtime",
  },
  {
    name: "-dR",
    arity: "none",
    doc: "Does without SO_REUSEPORT.",
    noEffect: "`noreuseport` in the configuration does it",
  },
  {
    name: "-dV",
    arity: "none",
    doc: "Does not verify servers' certificates.",
    noEffect: "there is no TLS towards servers",
  },
  {
    name: "-dh",
    arity: "none",
    doc: "A switch of HAProxy's debugging.",
    noEffect: "it concerns HAProxy's own code",
  },
  {
    name: "-dt",
    arity: "attached",
    value: "[<trace>,...]",
    doc: "Traces HAProxy's own code.",
    noEffect: "it concerns HAProxy's own code",
  },
];

/** Every flag, in the order of the usage. */
export const haproxyFlags: readonly FlagSpec[] = [
  ...doing,
  ...speaking,
  ...running,
  ...withoutEffect,
];
