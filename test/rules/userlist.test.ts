import { expect, test } from "bun:test";
import { PasswordVerdicts, sameText, verdictsMax } from "../../src/rules/password_verdicts.ts";
import { UserlistBuilder } from "../../src/rules/userlist.ts";

function builder(...lines: string[]): { built: UserlistBuilder; warnings: string[] } {
  const warnings: string[] = [];
  const built = new UserlistBuilder("L", (text) => warnings.push(text));
  for (const line of lines) built.line(line.split(" "));
  return { built, warnings };
}

const crypted = "$5$saltsalt$kfE3pS1dKPPHrilLCLWxLECEVLX8Au49cWIQg7GMQ05";

test("both spellings of groups give the same members", () => {
  const first = builder(
    "group G1 users tiger,scott",
    "group G2 users xdb,scott",
    "user tiger insecure-password a",
    "user scott insecure-password elgato",
    "user xdb insecure-password hello",
  ).built.build();
  const second = builder(
    "group G1",
    "group G2",
    "user tiger insecure-password a groups G1",
    "user scott insecure-password elgato groups G1,G2",
    "user xdb insecure-password hello groups G2",
  ).built.build();
  for (const list of [first, second]) {
    expect([...list.groupsOf("scott")].sort()).toEqual(["G1", "G2"]);
    expect(list.groupsOf("tiger")).toEqual(["G1"]);
    expect(list.groupsOf("xdb")).toEqual(["G2"]);
    expect(list.groupsOf("nobody")).toEqual([]);
  }
});

test("a user is let in by their own password only, again and again", () => {
  const list = builder(
    `user hashed password ${crypted}`,
    "user plain insecure-password secret",
    "user none",
  ).built.build();
  for (let i = 0; i < 2; i++) {
    expect(list.check("hashed", "hello")).toBe(true);
    expect(list.check("hashed", "Hello")).toBe(false);
    expect(list.check("plain", "secret")).toBe(true);
    expect(list.check("plain", "hello")).toBe(false);
    expect(list.check("none", "")).toBe(false);
    expect(list.check("nobody", "hello")).toBe(false);
  }
});

test("names that nobody declared, duplicates and odd words are reported, never a password", () => {
  expect(() => builder("user a insecure-password b groups g").built.build())
    .toThrow("userlist 'L': no such group 'g' specified in user 'a'");
  expect(() => builder("group g users x").built.build())
    .toThrow("userlist 'L': no such user 'x' specified in group 'g'");
  expect(() => builder("user a foo b"))
    .toThrow("'user' only supports 'password', 'insecure-password' and 'groups' options");
  expect(() => builder("user")).toThrow("'user' expects <name> as arguments");
  expect(() => builder("group g foo")).toThrow("'group' only supports 'users' option");
  expect(builder("user a insecure-password b", "user a insecure-password c").warnings)
    .toEqual(["ignoring duplicated user 'a' in userlist 'L'"]);
  expect(() => builder("user a password topsecret")).not.toThrow("topsecret");
  expect(() => builder("user a password topsecret")).toThrow("not in a form of crypt(3)");
});

test("verdicts are kept per name and password, and no more than the limit", () => {
  const verdicts = new PasswordVerdicts();
  let decided = 0;
  const decide = () => {
    decided++;
    return true;
  };
  verdicts.get("ab", "c", decide);
  verdicts.get("a", "bc", decide);
  verdicts.get("ab", "c", decide);
  expect(decided).toBe(2);
  for (let i = 0; i < verdictsMax; i++) verdicts.get("u", String(i), decide);
  verdicts.get("ab", "c", decide);
  expect(decided).toBe(3 + verdictsMax);
});

test("texts compare by content", () => {
  expect(sameText("a", "a")).toBe(true);
  expect(sameText("a", "ab")).toBe(false);
});
