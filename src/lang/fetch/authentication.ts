import { asciiLower } from "../ascii.ts";
import type { Context } from "../context.ts";
import type { Arg, ArgSpec, FetchSpec, UserlistFacts } from "../spec.ts";
import { bearerToken, type Credentials, credentialsOf } from "./credentials.ts";
import { requestOf } from "./head_side.ts";
import { firstHeaderValue } from "./header_walk.ts";
import { requestHead } from "./phase_mask.ts";
import { invalidArguments, noArgs, optionalText, plain, textOf } from "./row.ts";

const userlistArgs: readonly ArgSpec[] = [{ name: "userlist", type: "userlist" }];

function credentials(cx: Context): Credentials | undefined {
  const head = requestOf(cx);
  return head === undefined ? undefined : credentialsOf(head);
}

function userlistOf(arg: Arg | undefined, fetch: string): UserlistFacts {
  if (arg?.type === "userlist") return arg.userlist;
  throw invalidArguments(fetch, "missing userlist name in arg 1");
}

/** Checks Basic credentials and notes on the context who was let in. */
function authenticate(cx: Context, list: UserlistFacts): string | false | undefined {
  const given = credentials(cx);
  if (given?.scheme !== "Basic") return undefined;
  if (!list.check(given.user, given.password)) return false;
  cx.authenticated = { user: given.user, groups: list.groupsOf(given.user) };
  return given.user;
}

const makeAuth: FetchSpec["make"] = (args) => {
  const list = userlistOf(args[0], "http_auth");
  return {
    get(cx) {
      const user = authenticate(cx, list);
      return user === undefined ? undefined : user !== false;
    },
  };
};

const makeAuthGroup: FetchSpec["make"] = (args) => {
  const list = userlistOf(args[0], "http_auth_group");
  return { get: (cx) => authenticate(cx, list) || undefined };
};

const makeBearer: FetchSpec["make"] = (args) => {
  const header = textOf(args[0]);
  if (header === undefined) {
    return {
      get(cx) {
        const given = credentials(cx);
        return given?.scheme === "Bearer" ? given.token : undefined;
      },
    };
  }
  const lower = asciiLower(header);
  return {
    get(cx) {
      const head = requestOf(cx);
      const value = head === undefined ? undefined : firstHeaderValue(head, lower);
      return value === undefined ? undefined : bearerToken(value);
    },
  };
};

function ofBasic(part: "user" | "password"): FetchSpec["make"] {
  return plain((cx) => {
    const given = credentials(cx);
    return given?.scheme === "Basic" ? given[part] : undefined;
  });
}

const row = { phases: requestHead, pure: true } as const;

export const authenticationFetches = [
  {
    ...row,
    name: "http_auth",
    args: userlistArgs,
    type: "bool",
    doc: "whether the Basic credentials are those of a user of the list",
    make: makeAuth,
  },
  {
    ...row,
    name: "http_auth_group",
    args: userlistArgs,
    type: "str",
    doc: "the user of the list whose Basic credentials came with the request",
    make: makeAuthGroup,
  },
  {
    ...row,
    name: "http_auth_bearer",
    args: [optionalText("header")],
    type: "str",
    doc: "the token of the Bearer scheme, unchecked",
    make: makeBearer,
  },
  {
    ...row,
    name: "http_auth_user",
    args: noArgs,
    type: "str",
    doc: "the user name of the Basic credentials, unchecked",
    make: ofBasic("user"),
  },
  {
    ...row,
    name: "http_auth_pass",
    args: noArgs,
    type: "str",
    doc: "the password of the Basic credentials, unchecked",
    make: ofBasic("password"),
  },
  {
    ...row,
    name: "http_auth_type",
    args: noArgs,
    type: "str",
    doc: "the scheme of the credentials: Basic or Bearer",
    make: plain((cx) => credentials(cx)?.scheme),
  },
] satisfies FetchSpec[];
