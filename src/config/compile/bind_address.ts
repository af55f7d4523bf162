import { Address } from "../../lang/address.ts";
import { unsupported } from "../../lang/unsupported.ts";
import type { Word } from "../directive.ts";
import type { BindAddress } from "../bind_plan.ts";
import {
  isHostName,
  parsePortRange,
  type SocketAddress,
  splitSocketAddress,
} from "../socket_address.ts";
import type { BindOptions } from "./bind_draft.ts";
import type { Line } from "./line.ts";

/** What one address of a line stands for: several sockets where it names a range of ports. */
export function bindAddresses(
  line: Line,
  word: Word,
  text: string,
  set: BindOptions,
): BindAddress[] {
  const address = splitSocketAddress(text);
  switch (address.kind) {
    case "unix":
      return [{ kind: "unix", path: address.path, mode: set.mode, uid: set.uid, gid: set.gid }];
    case "abstract":
    case "fd":
      return [address];
    case "unsupported": {
      const message = unsupported(
        `'${line.keyword}' : address '${address.prefix}'`,
        "it is no stream socket",
      );
      throw line.error("unsupported", message, word);
    }
    case "tcp":
      return tcpAddresses(line, word, text, address, set.v6only);
    default:
      return address satisfies never;
  }
}

function tcpAddresses(
  line: Line,
  word: Word,
  text: string,
  address: Extract<SocketAddress, { kind: "tcp" }>,
  v6only: boolean,
): BindAddress[] {
  if (address.port === undefined || address.port === "") {
    const message = `'${line.keyword}' : missing port specification in '${text}'`;
    throw line.error("bad-address", message, word);
  }
  const host = hostOf(line, word, text, address);
  const [from, to] = parsePortRange(line, word, address.port, `'${line.keyword}'`);
  const list: BindAddress[] = [];
  for (let port = from; port <= to; port++) list.push({ kind: "tcp", host, port, v6only });
  return list;
}

function hostOf(
  line: Line,
  word: Word,
  text: string,
  { host, family }: Extract<SocketAddress, { kind: "tcp" }>,
): string {
  if (host === "") return family === 6 ? "::" : "0.0.0.0";
  const literal = Address.parse(host);
  if (literal ? !family || literal.family === family : isHostName(host)) return host;
  throw line.error(
    "bad-address",
    `'${line.keyword}' : invalid address: '${host}' in '${text}'`,
    word,
  );
}
