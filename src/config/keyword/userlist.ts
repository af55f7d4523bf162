import { LangError } from "../../lang/spec.ts";
import type { UserlistBuilder } from "../../rules/userlist.ts";
import type { Line } from "../compile/line.ts";
import type { KeywordSpec } from "./spec.ts";

const sections = ["userlist"] as const;

function addLine(line: Line, builder: UserlistBuilder): void {
  line.takeAll();
  try {
    builder.line(line.words.map((word) => word.text));
  } catch (error) {
    if (!(error instanceof LangError)) throw error;
    throw line.place(error, "bad-userlist");
  }
}

/** Lines of a `userlist` section. */
export const userlistKeywords = [
  {
    name: "user",
    sections,
    syntax: "user <name> [ { password | insecure-password } <password> ] [ groups <group>,... ]",
    doc: "A user; `password` is hashed as by crypt(3).",
    apply: addLine,
  },
  {
    name: "group",
    sections,
    syntax: "group <name> [ users <user>,... ]",
    doc: "A group of users.",
    apply: addLine,
  },
] satisfies KeywordSpec<UserlistBuilder>[];
