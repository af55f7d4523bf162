import { accountNumber } from "../compile/accounts.ts";
import type { GlobalDraft, ProcessDraft } from "../compile/global_draft.ts";
import type { KeywordSpec } from "./spec.ts";

const sections = ["global"] as const;

type Switch = "daemon" | "masterWorker" | "quiet" | "zeroWarning";

function switchedOn(name: string, key: Switch, doc: string): KeywordSpec<GlobalDraft> {
  return {
    name,
    sections,
    syntax: name,
    doc,
    apply(line, draft) {
      // `master-worker no-exit-on-failure` has an argument; there is one worker here.
      if (name === "master-worker" && line.rest.length > 0) line.take("");
      line.end();
      draft.process[key] = true;
    },
  };
}

/** A user or a group, by name or by number; the last of both lines counts. */
function account(
  name: "user" | "uid" | "group" | "gid",
  key: "uid" | "gid",
  doc: string,
): KeywordSpec<GlobalDraft> {
  const named = name === "user" || name === "group" ? name : undefined;
  return {
    name,
    sections,
    syntax: named ? `${name} <name>` : `${name} <number>`,
    doc,
    apply(line, draft) {
      const word = line.take(`'${name}' expects ${named ? "a name" : "an integer"} as argument`);
      draft.process[key] = named ? accountNumber(line, word, named) : line.integer(word, 0);
      line.end();
    },
  };
}

function path(
  name: "pidfile" | "chroot",
  key: keyof Pick<ProcessDraft, "pidFile" | "chroot">,
  doc: string,
): KeywordSpec<GlobalDraft> {
  return {
    name,
    sections,
    syntax: `${name} <path>`,
    doc,
    apply(line, draft) {
      draft.process[key] = line.take(`'${name}' expects a path as argument`).text;
      line.end();
    },
  };
}

/** How the process is started and what it gives up: `sluice -f` follows all of them. */
export const processKeywords: readonly KeywordSpec<GlobalDraft>[] = [
  switchedOn("daemon", "daemon", "Serves in the background; `-d`, `-db` and `-Ws` win over it."),
  switchedOn("master-worker", "masterWorker", "A master process keeps a worker that serves."),
  switchedOn("quiet", "quiet", "Nothing is said on the terminal, as with `-q`."),
  switchedOn("zero-warning", "zeroWarning", "Any warning is fatal, as with `-dW`."),
  path("pidfile", "pidFile", "Where the process writes its number when it goes on by itself."),
  path("chroot", "chroot", "The directory that becomes the root once all sockets are bound."),
  account("user", "uid", "The user to become once all sockets are bound."),
  account("uid", "uid", "The same, by number."),
  account("group", "gid", "The group to become once all sockets are bound."),
  account("gid", "gid", "The same, by number."),
  {
    name: "ulimit-n",
    sections,
    syntax: "ulimit-n <number>",
    doc: "Descriptors the process may have; as many as the system allows by default.",
    apply(line, draft) {
      const word = line.take("'ulimit-n' expects an integer argument");
      draft.process.descriptorsMax = line.integer(word, 1);
      line.end();
    },
  },
];
