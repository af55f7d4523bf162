import { HeadProgress, readRequestHead, readResponseHead } from "../../http/head_reader.ts";
import { RequestHead } from "../../http/request_head.ts";
import { ResponseHead } from "../../http/response_head.ts";
import { clock } from "../../net/clock.ts";
import type { ClientHttp1 } from "../http/client_http1.ts";
import { Exchange } from "../http/exchange.ts";
import { SlowBodies } from "../http/slow_bodies.ts";
import type { ExchangeDescription } from "./description.ts";
import { revivePaces } from "./pace_words.ts";
import { describeStream, orNull, orUndefined, type Places, reviveStream } from "./stream_words.ts";

/** An exchange that has become a tunnel, in words that another process understands. */
export function describeExchange(x: Exchange): ExchangeDescription {
  const { request, response } = x;
  return {
    ...describeStream(x, x.slow?.paces),
    receivedMethod: x.receivedMethod,
    receivedTarget: x.receivedTarget,
    request: request
      ? `${request.method} ${request.target} HTTP/${request.version}\r\n${request.render()}\r\n`
      : "",
    response: response
      ? `HTTP/${response.version} ${response.status} ${response.reason}\r\n${response.render()}\r\n`
      : "",
    headBytes: x.headBytes,
    status: x.status,
    serverStatus: x.serverStatus,
    requestMs: x.requestAt - x.headAt,
    responseMs: Math.max(0, x.responseAt - x.connectedAt),
    responseCaptures: orNull(x._responseCaptures),
    requestCookie: x.requestCookie ?? null,
    responseCookie: x.responseCookie ?? null,
  };
}

/** The same exchange in this process, up to where its connections became one pipe. */
export function reviveExchange(
  client: ClientHttp1,
  described: ExchangeDescription,
  places: Places,
): Exchange {
  const x = new Exchange(client, requestOf(client, described), clock.now - described.headFor);
  x.receivedMethod = described.receivedMethod;
  x.receivedTarget = described.receivedTarget;
  reviveStream(x, described, places, "res");
  x._responseCaptures = orUndefined(described.responseCaptures);
  x.headBytes = described.headBytes;
  x.status = described.status;
  x.serverStatus = described.serverStatus;
  x.requestCookie = described.requestCookie ?? undefined;
  x.responseCookie = described.responseCookie ?? undefined;
  x.requestAt = x.headAt + described.requestMs;
  x.responseAt = x.connectedAt + described.responseMs;
  x.response = responseOf(client, described);
  x.started =
    x.requestSent =
    x.forwarding =
    x.responseStarted =
    x.closeClient =
      true;
  x.responseReusesLink = false;
  const paces = revivePaces(described.paces);
  if (paces) x.slow = new SlowBodies(x, paces);
  return x;
}

function requestOf(client: ClientHttp1, { request }: ExchangeDescription): RequestHead | undefined {
  const head = new RequestHead();
  const state = readRequestHead(request, head, new HeadProgress(), client.plan.global);
  return state === "complete" ? head : undefined;
}

function responseOf(
  client: ClientHttp1,
  { response }: ExchangeDescription,
): ResponseHead | undefined {
  const head = new ResponseHead();
  const state = readResponseHead(response, head, new HeadProgress(), client.plan.global);
  return state === "complete" ? head : undefined;
}
