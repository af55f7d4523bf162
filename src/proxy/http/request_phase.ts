import { takePersistence } from "../../backend/persistence/persistence.ts";
import type { BackendPlan } from "../../config/backend_plan.ts";
import type { ProxyPlan } from "../../config/plan.ts";
import { countDenied, countRequest, countRouted } from "../counting.ts";
import { findCookie } from "../../http/cookie_search.ts";
import { requestContentRules } from "./content_rules.ts";
import type { Upgraded } from "./client_http1.ts";
import type { Exchange } from "./exchange.ts";
import { abortExchange } from "./finish.ts";
import { addForwardFields } from "../../rules/forward_fields.ts";
import { restrictNames } from "../../rules/header_names.ts";
import { sendReply } from "./reply_phase.ts";
import { chosenBackend } from "../routing.ts";
import { runRules, waitFor } from "./run_rules.ts";
import { SlowBodies } from "./slow_bodies.ts";
import { findServer } from "../server_search.ts";

/** Answers a request that could not be read; the connection can't be trusted any more. */
export function refuseRequest(x: Exchange): void {
  x.started = false;
  countRequest(x, "invalid");
  if (x.flags === "--") x.flags = "PR";
  x.client.abandonBody();
  sendReply(x, x.errorPage(x.problem!.status), "close");
}

/** Decides on a request whose head is complete: rules, backend, server. */
export function startRequest(x: Exchange): void {
  countRequest(x, "valid");
  const { upgraded } = x.client;
  if (upgraded) startUpgraded(x, upgraded);
  else requestContentRules(x, x.frontendPlan, beginRequest);
}

/** The first request on a connection that was TCP's: its content is known, its backend maybe chosen. */
function startUpgraded(x: Exchange, { backend, paces }: Upgraded): void {
  x.client.upgraded = undefined;
  if (paces) x.slow = new SlowBodies(x, paces);
  if (!backend) return requestContentRules(x, x.frontendPlan, beginRequest);
  x.started = true;
  captureRequest(x);
  runRules(x, x.frontendPlan.httpRequest, (done) => {
    if (namesPass(done, done.frontendPlan)) enterBackend(done, backend);
  });
}

function beginRequest(x: Exchange): void {
  x.started = true;
  const plan = x.frontendPlan;
  if (plan.monitorUri !== undefined && isMonitored(x)) return answerMonitor(x);
  captureRequest(x);
  if (plan.uniqueIdFormat !== undefined) identify(x, plan.uniqueIdHeader);
  if (plan.bufferRequest && !x.requestEnded) return bufferBody(x, frontendRules);
  frontendRules(x);
}

function frontendRules(x: Exchange): void {
  runRules(x, x.frontendPlan.httpRequest, (done) => {
    if (!namesPass(done, done.frontendPlan)) return;
    const { app } = done;
    if (app.claims(done)) app.serve(done, route);
    else route(done);
  });
}

/** Chooses the backend, and hands the request to it. */
export function route(x: Exchange): void {
  const name = chosenBackend(x, x.app);
  if (name !== undefined && x.app.dispatch(x, name)) return;
  x.terminate("SC");
  sendReply(x, x.errorPage(503));
}

/** The backend's part: its own rules, then a server. */
export function enterBackend(x: Exchange, backend: BackendPlan): void {
  x.backendPlan = backend;
  countRouted(x);
  if (backend.disabled) {
    x.terminate("SC");
    return sendReply(x, x.errorPage(503));
  }
  // Only a name made at run time, or a connection that was TCP's before, leads here.
  if (backend.mode === "tcp") {
    x.terminate("IR");
    return abortExchange(x);
  }
  // A `listen` section is one proxy: its rules ran as the frontend's.
  if (backend.tcpRequestContent === x.frontendPlan.tcpRequestContent) return bufferForBackend(x);
  requestContentRules(x, backend, bufferForBackend);
}

function bufferForBackend(x: Exchange): void {
  const backend = x.backendPlan!;
  if (backend.bufferRequest && !x.frontendPlan.bufferRequest && !x.requestEnded) {
    return bufferBody(x, backendRules);
  }
  backendRules(x);
}

function backendRules(x: Exchange): void {
  const backend = x.backendPlan!;
  // A `listen` section is one proxy: its rules ran as the frontend's.
  if (backend.httpRequest === x.frontendPlan.httpRequest) return sendOn(x);
  runRules(x, backend.httpRequest, sendOn);
}

function sendOn(x: Exchange): void {
  const backend = x.backendPlan!;
  if (!namesPass(x, backend)) return;
  addForwardFields(x);
  if (backend.cookie) x.persistence = takePersistence(backend, x.request!, x);
  findServer(x);
}

/** False when names of its fields have the request refused. */
function namesPass(x: Exchange, { headerNames }: ProxyPlan): boolean {
  if (headerNames === undefined) return true;
  if (restrictNames(x.request!, headerNames) === "passed") return true;
  x.terminate("PR");
  countDenied(x);
  sendReply(x, x.errorPage(403));
  return false;
}

function isMonitored(x: Exchange): boolean {
  const head = x.request!;
  return (head.pathq ?? head.target) === x.frontendPlan.monitorUri;
}

function answerMonitor(x: Exchange): void {
  x.terminate("LR");
  x.logLevel = "silent";
  for (const condition of x.frontendPlan.monitorFail) {
    if (condition.holds(x)) return sendReply(x, x.errorPage(503));
  }
  sendReply(x, x.errorPage(200));
}

function captureRequest(x: Exchange): void {
  const { requestCaptures, captureCookie } = x.frontendPlan;
  if (captureCookie) {
    const { name, length } = captureCookie;
    x.requestCookie = findCookie(x.request!, "cookie", name)?.substring(0, length);
  }
  for (let i = 0; i < requestCaptures.length; i++) {
    const { header, length } = requestCaptures[i]!;
    if (header === undefined) continue;
    const value = lastValue(x, header);
    if (value !== undefined) x.requestCaptures[i] = value.substring(0, length);
  }
}

function lastValue(x: Exchange, header: string): string | undefined {
  const head = x.request!;
  let value: string | undefined;
  for (let i = head.find(header); i >= 0; i = head.find(header, i)) value = head.value(i);
  return value;
}

/** Makes the identifier while the request can still be asked, also when only the log shows it. */
function identify(x: Exchange, header: string | undefined): void {
  const id = x.uniqueId();
  if (header !== undefined && id !== undefined) x.request!.set(header, id);
}

/** `option http-buffer-request`: decides only when the body is here, as far as it fits. */
function bufferBody(x: Exchange, then: (x: Exchange) => void): void {
  const ms = x.frontendPlan.timeouts.httpRequestMs ?? x.frontendPlan.timeouts.clientMs;
  x.wait = { kind: "request-body", atLeast: 0, untilMs: ms === undefined ? Infinity : x.now + ms };
  waitFor(x, then);
}
