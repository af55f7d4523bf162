import { LangError, type UserlistFacts } from "../lang/spec.ts";
import { type CryptedPassword, parseCrypted } from "./crypt.ts";
import { PasswordVerdicts, sameText } from "./password_verdicts.ts";

/** One user; what proves it is never given out. */
interface User {
  readonly name: string;
  readonly password: Password;
  readonly groups: Set<string>;
}

type Password =
  | { readonly kind: "crypted"; readonly crypted: CryptedPassword }
  | { readonly kind: "plain"; readonly text: string }
  /** A user without a password is let in by none. */
  | { readonly kind: "none" };

/**
 * In rounds of SHA-512: above this one check holds everything else up for about a tenth of a
 * second, which is worth a warning.
 */
const effortWarnedAbove = 40_000;

/** Collects the lines of one `userlist` section. */
export class UserlistBuilder {
  readonly #users = new Map<string, User>();
  readonly #groups = new Map<string, readonly string[]>();
  readonly #wantedGroups: { readonly group: string; readonly user: string }[] = [];

  constructor(readonly name: string, readonly warn: (text: string) => void) {}

  /** Takes one line, keyword first. Throws LangError; no message ever shows a password. */
  line(words: readonly string[]): void {
    const [keyword, ...rest] = words;
    switch (keyword) {
      case "user":
        return this.#user(rest);
      case "group":
        return this.#group(rest);
      default:
        throw new LangError(`unknown keyword '${keyword}' in 'userlist' section`, keyword);
    }
  }

  /** Joins groups and users. Throws LangError for names that nobody declared. */
  build(): UserlistFacts {
    for (const { group, user } of this.#wantedGroups) {
      if (!this.#groups.has(group)) {
        throw new LangError(
          `userlist '${this.name}': no such group '${group}' specified in user '${user}'`,
          group,
        );
      }
    }
    for (const [group, members] of this.#groups) {
      for (const member of members) {
        const user = this.#users.get(member);
        if (user === undefined) {
          throw new LangError(
            `userlist '${this.name}': no such user '${member}' specified in group '${group}'`,
            member,
          );
        }
        user.groups.add(group);
      }
    }
    return new Userlist(this.name, this.#users);
  }

  #user(words: readonly string[]): void {
    const name = words[0];
    if (!name) throw new LangError("'user' expects <name> as arguments");
    let password: Password = { kind: "none" };
    const groups = new Set<string>();
    for (let i = 1; i < words.length; i += 2) {
      const argument = words[i + 1];
      if (argument === undefined) throw new LangError(`'${words[i]}' expects an argument`);
      switch (words[i]) {
        case "password":
          password = this.#crypted(name, argument);
          break;
        case "insecure-password":
          password = { kind: "plain", text: argument };
          break;
        case "groups":
          for (const group of namesOf(argument)) groups.add(group);
          break;
        default:
          throw new LangError(
            "'user' only supports 'password', 'insecure-password' and 'groups' options",
            words[i],
          );
      }
    }
    if (this.#users.has(name)) {
      this.warn(`ignoring duplicated user '${name}' in userlist '${this.name}'`);
      return;
    }
    for (const group of groups) this.#wantedGroups.push({ group, user: name });
    this.#users.set(name, { name, password, groups });
  }

  #crypted(user: string, text: string): Password {
    const crypted = parseCrypted(text);
    if ("refused" in crypted) {
      throw new LangError(`'user ${user}': cannot use this password: ${crypted.refused}`);
    }
    if (crypted.effort > effortWarnedAbove) {
      this.warn(`checking the password of user '${user}' is slow and holds up everything else`);
    }
    return { kind: "crypted", crypted };
  }

  #group(words: readonly string[]): void {
    const [name, keyword, members] = words;
    if (!name) throw new LangError("'group' expects <name> as arguments");
    if (keyword !== undefined && keyword !== "users") {
      throw new LangError("'group' only supports 'users' option", keyword);
    }
    if (keyword !== undefined && members === undefined) {
      throw new LangError("'users' expects an argument");
    }
    if (this.#groups.has(name)) {
      this.warn(`ignoring duplicated group '${name}' in userlist '${this.name}'`);
      return;
    }
    this.#groups.set(name, namesOf(members ?? ""));
  }
}

function namesOf(list: string): string[] {
  return list.split(",").filter((name) => name !== "");
}

class Userlist implements UserlistFacts {
  readonly #users: ReadonlyMap<string, User>;
  readonly #groups: ReadonlyMap<string, readonly string[]>;
  readonly #verdicts = new PasswordVerdicts();
  /** Checked in place of a user that is not there, so that the time does not tell. */
  readonly #decoy: User | undefined;

  constructor(readonly name: string, users: ReadonlyMap<string, User>) {
    this.#users = users;
    this.#groups = new Map([...users].map(([user, { groups }]) => [user, [...groups]]));
    this.#decoy = [...users.values()].find((user) => user.password.kind === "crypted");
  }

  check(user: string, password: string): boolean {
    const known = this.#users.get(user);
    const checked = known ?? this.#decoy;
    if (checked === undefined) return false;
    const right = this.#verdicts.get(user, password, () => proves(checked.password, password));
    return right && known !== undefined;
  }

  groupsOf(user: string): readonly string[] {
    return this.#groups.get(user) ?? [];
  }
}

function proves(stored: Password, password: string): boolean {
  switch (stored.kind) {
    case "crypted":
      return stored.crypted.matches(password);
    case "plain":
      return sameText(stored.text, password);
    case "none":
      return false;
    default:
      return stored satisfies never;
  }
}
