import type { ServerFacts } from "../context.ts";
import type { ConverterSpec, Scope } from "../spec.ts";
import { type Convert, noArgs } from "./row.ts";

/** A converter of a server's name, `backend/server` or a server of the proxy the line stands in. */
function ofServer(read: (server: ServerFacts) => number | boolean) {
  return (_: unknown, scope: Scope): Convert => (value) => {
    const name = value as string;
    const slash = name.indexOf("/");
    const server = slash < 0
      ? scope.server(undefined, name)
      : scope.server(name.substring(0, slash), name.substring(slash + 1));
    return server === undefined ? undefined : read(server);
  };
}

const row = { args: noArgs, input: "str", pure: true } as const;

export const proxyConverters = [
  {
    ...row,
    name: "nbsrv",
    output: "sint",
    doc: "how many servers of the backend of that name can be used",
    make: (_, scope) => (value) => scope.backend(value as string)?.usableServers(),
  },
  {
    ...row,
    name: "srv_queue",
    output: "sint",
    doc: "how many requests wait for the server of that name",
    make: ofServer((server) => server.queued()),
  },
  {
    ...row,
    name: "srv_is_up",
    output: "bool",
    doc: "whether the server of that name is up",
    make: ofServer((server) => server.isUp()),
  },
  {
    ...row,
    name: "fe_exists",
    output: "bool",
    doc: "whether there is a frontend of that name",
    make: (_, scope) => (value) => scope.frontend(value as string) !== undefined,
  },
] satisfies ConverterSpec[];
