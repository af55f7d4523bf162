import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Plan } from "../config/plan.ts";
import type { RequestInput } from "../decide/request_input.ts";
import { latin1Text } from "../decide/standard_request.ts";
import { Address } from "../lang/address.ts";

/** The arguments make no sense; the message says why. */
export class UsageError extends Error {
  override name = "UsageError";
}

export interface RequestArguments {
  readonly header: readonly string[];
  readonly data?: string;
  readonly from?: string;
  readonly http?: string;
}

/** A request as typed, and the port that it would be sent to. */
export interface TypedRequest {
  readonly input: RequestInput;
  readonly port: number;
  /** The port stands in the URL. */
  readonly portGiven: boolean;
}

/** Throws {@link UsageError}. Nothing is normalised: the target goes out as it was typed. */
export function typedRequest(method: string, url: string, args: RequestArguments): TypedRequest {
  const parts = /^(?:(https?):\/\/([^/?#]*))?(\/[^#]*|\?[^#]*|\*)?$/i.exec(url);
  if (!parts || url === "") throw new UsageError(`not a URL or a path: '${url}'`);
  const [, scheme, authority, rest = "/"] = parts;
  const headers = args.header.map(headerOf);
  const hasHost = headers.some(([name]) => name.toLowerCase() === "host");
  if (authority !== undefined && !hasHost) headers.unshift(["Host", latin1Text(authority)!]);
  const given = authority === undefined ? undefined : /:([0-9]+)$/.exec(authority)?.[1];
  const port = given === undefined ? defaultPort(scheme) : Number(given);
  const { from, fromPort } = clientOf(args.from);
  return {
    port,
    portGiven: given !== undefined,
    input: {
      method,
      target: latin1Text(rest.startsWith("?") ? `/${rest}` : rest)!,
      headers,
      version: versionOf(args.http),
      body: latin1Text(args.data),
      from,
      fromPort,
      toPort: port,
    },
  };
}

function defaultPort(scheme: string | undefined): number {
  return scheme?.toLowerCase() === "https" ? 443 : 80;
}

function headerOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 1) throw new UsageError(`not a header: '${line}'; expected 'Name: value'`);
  return [latin1Text(line.slice(0, colon))!, latin1Text(line.slice(colon + 1).trim())!];
}

function versionOf(text: string | undefined): "1.0" | "1.1" {
  if (text === undefined || text === "1.1") return "1.1";
  if (text === "1.0") return "1.0";
  throw new UsageError(`not a version of HTTP/1: '${text}'; expected 1.0 or 1.1`);
}

/** `10.0.0.1`, `10.0.0.1:1234`, `fe80::1`, `[fe80::1]:1234` or `unix`; this machine unless given. */
function clientOf(text = "127.0.0.1"): { from?: string; fromPort?: number } {
  if (text === "unix") return {};
  const parts = /^\[(.*)\](?::([0-9]+))?$/.exec(text) ?? /^([^:]*):([0-9]+)$/.exec(text);
  const from = parts?.[1] ?? text;
  if (Address.parse(from)) return { from, fromPort: Number(parts?.[2] ?? 0) };
  throw new UsageError(`not a client's address: '${text}'`);
}

/** The address that the client is taken to have connected to. */
export function addressedAt({ binds }: FrontendPlan, { input, port }: TypedRequest) {
  if (input.from === undefined) return undefined;
  const hosts = binds.flatMap(({ address }) =>
    address.kind === "tcp" && address.port === port ? [address.host] : []
  );
  const own = hosts.find((host) => Address.parse(host) && host !== "0.0.0.0" && host !== "::");
  return own ?? (input.from.includes(":") ? "::1" : "127.0.0.1");
}

/**
 * The frontend that is meant: the named one, else the one that listens on the URL's port, else the
 * only one; among several the only one in HTTP mode. Throws {@link UsageError} with the list of all.
 */
export function chooseFrontend(
  plan: Plan,
  name: string | undefined,
  { port, portGiven }: TypedRequest,
): FrontendPlan {
  const { frontends } = plan;
  if (name !== undefined) {
    const named = frontends.find((frontend) => frontend.name === name);
    if (named) return named;
    throw new UsageError(`no frontend '${name}'${list(frontends)}`);
  }
  const listening = frontends.filter((frontend) => portsOf(frontend).includes(port));
  // A port that was typed and that nobody listens on is a mistake, not a wish for the others.
  const others = portGiven && frontends.length > 1 ? [] : frontends;
  const only = onlyOne(listening) ?? onlyOne(others);
  if (only) return only;
  if (listening.length > 1) {
    throw new UsageError(
      `several frontends listen on port ${port}; say --frontend${list(listening)}`,
    );
  }
  if (frontends.length === 0) throw new UsageError("the configuration has no frontend");
  const which = portGiven ? `no frontend listens on port ${port}` : "several frontends";
  throw new UsageError(`${which}; say --frontend${list(frontends)}`);
}

function onlyOne(frontends: readonly FrontendPlan[]): FrontendPlan | undefined {
  if (frontends.length === 1) return frontends[0];
  const http = frontends.filter(({ mode }) => mode === "http");
  return http.length === 1 ? http[0] : undefined;
}

function portsOf({ binds }: FrontendPlan): number[] {
  return binds.flatMap(({ address }) => address.kind === "tcp" ? [address.port] : []);
}

function list(frontends: readonly FrontendPlan[]): string {
  const lines = frontends.map(({ name, binds }) =>
    `\n  ${name}  ${binds.map((bind) => bind.text).join(" ")}`.trimEnd()
  );
  return lines.length === 0 ? "" : ":" + lines.join("");
}
