import type { PatternEntry } from "../../lang/pattern/entry.ts";
import type { PatternList } from "../../lang/pattern/list.ts";
import { LangError } from "../../lang/spec.ts";
import type { CommandCall, CommandSpec } from "../command_spec.ts";

/** The two kinds of lists, which commands keep apart. */
type ListKind = "acl" | "map";

const words = { acl: "ACL", map: "map" } as const;
const columns = { acl: 1, map: 2 } as const;

function find({ host }: CommandCall, kind: ListKind, name: string): PatternList | undefined {
  const list = host.gateway.state.patterns.find(name);
  return list?.columns === columns[kind] ? list : undefined;
}

function unknown(kind: ListKind): string {
  return `Unknown ${words[kind]} identifier. Please use #<id> or <file>.\n`;
}

/** HAProxy shows where an entry is in memory; any word that leads back to it will do. */
function reference({ id }: PatternEntry): string {
  return `0x${id.toString(16)}`;
}

/** The entry that `#0x…` names. */
function byReference(list: PatternList, word: string): PatternEntry | undefined {
  for (const entry of list.entries()) if (`#${reference(entry)}` === word) return entry;
  return undefined;
}

function show(kind: ListKind, call: CommandCall): string {
  const [name] = call.args;
  if (name === undefined) return overview(kind, call);
  const list = find(call, kind, name);
  if (!list) return unknown(kind);
  const lines = [...list.entries()].map((entry) =>
    [reference(entry), entry.text, ...entry.value === undefined ? [] : [entry.value]].join(" ") +
    "\n"
  );
  return lines.join("");
}

function overview(kind: ListKind, { host }: CommandCall): string {
  const lists = host.gateway.state.patterns.all().filter((list) => list.columns === columns[kind]);
  return "# id (file) description\n" +
    lists.map(({ id, name, description, size }) =>
      `${id} (${name}) ${description}. curr_ver=0 next_ver=0 entry_cnt=${size}\n`
    ).join("");
}

function add(kind: ListKind, call: CommandCall): string {
  const { args: [name, key, value], payload } = call;
  const complete = kind === "acl"
    ? name !== undefined && key !== undefined
    : name !== undefined && (payload !== undefined || (key !== undefined && value !== undefined));
  if (!complete) {
    return kind === "acl"
      ? "'add acl' expects two parameters: ACL identifier and pattern.\n"
      : "'add map' expects three parameters (map identifier, key and value) or one parameter " +
        "(map identifier) and a payload\n";
  }
  const list = find(call, kind, name!);
  if (!list) return unknown(kind);
  return payload === undefined || kind === "acl"
    ? addEntry(list, key!, kind === "map" ? value : undefined)
    : addLines(list, payload);
}

/** Adds until one is wrong, as HAProxy does: what stands before it stays. */
function addLines(list: PatternList, payload: string): string {
  for (const line of payload.split("\n")) {
    const [, key = "", value] = /^[ \t]*([^ \t]*)[ \t]*(.+)?$/.exec(line)!;
    if (value === undefined) return `Missing value for key '${key}'.\n`;
    const fault = addEntry(list, key, value);
    if (fault !== "") return fault;
  }
  return "";
}

function addEntry(list: PatternList, key: string, value: string | undefined): string {
  try {
    list.add(key, value);
    return "";
  } catch (error) {
    if (error instanceof LangError) return `${error.message}.\n`;
    throw error;
  }
}

function remove(kind: ListKind, call: CommandCall): string {
  const [name, key] = call.args;
  if (name === undefined || key === undefined) {
    return `This command expects two parameters: ${words[kind]} identifier and key.\n`;
  }
  const list = find(call, kind, name);
  if (!list) return unknown(kind);
  const referred = byReference(list, key);
  if (referred) {
    list.remove(referred);
    return "";
  }
  if (!list.delete(key)) return "Key not found.\n";
  while (list.delete(key));
  return "";
}

function set(call: CommandCall): string {
  const [name, key, value] = call.args;
  if (name === undefined || key === undefined || value === undefined) {
    return "'set map' expects three parameters: map identifier, key and value.\n";
  }
  const list = find(call, "map", name);
  if (!list) return unknown("map");
  if (!key.startsWith("#")) return list.set(key, value) ? "" : "entry not found.\n";
  const referred = byReference(list, key);
  if (!referred) return "key or pattern not found.\n";
  list.setValue(referred, value);
  return "";
}

function clear(kind: ListKind, call: CommandCall): string {
  const [name] = call.args;
  if (name === undefined) return `Missing ${words[kind]} identifier.\n`;
  const list = find(call, kind, name);
  if (!list) return unknown(kind);
  list.clear();
  return "";
}

/** Commands about the lists of ACLs and about maps; any level may use them, as in HAProxy. */
export const listCommands: readonly CommandSpec[] = [
  row(
    "show acl",
    "show acl [<acl>]",
    "report available acls or dump an acl's contents",
    (call) => show("acl", call),
  ),
  row(
    "show map",
    "show map [<map>]",
    "report available maps or dump a map's contents",
    (call) => show("map", call),
  ),
  row("add acl", "add acl <acl> <pattern>", "add an acl entry", (call) => add("acl", call)),
  row(
    "add map",
    "add map <map> <key> <val>",
    "add a map entry (payload supported instead of key/val)",
    (call) => add("map", call),
  ),
  row(
    "del acl",
    "del acl <acl> [<key>|#<ref>]",
    "delete acl entries matching <key>",
    (call) => remove("acl", call),
  ),
  row(
    "del map",
    "del map <map> [<key>|#<ref>]",
    "delete map entries matching <key>",
    (call) => remove("map", call),
  ),
  row("set map", "set map <map> [<key>|#<ref>] <value>", "modify a map entry", set),
  row(
    "clear acl",
    "clear acl <acl>",
    "clear the contents of this acl",
    (call) => clear("acl", call),
  ),
  row(
    "clear map",
    "clear map <map>",
    "clear the contents of this map",
    (call) => clear("map", call),
  ),
];

function row(name: string, syntax: string, doc: string, run: CommandSpec["run"]): CommandSpec {
  return { name, syntax, doc, level: "user", run };
}
