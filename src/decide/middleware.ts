import type { Context, MiddlewareHandler } from "hono";
import type { VariableScope } from "../lang/context.ts";
import { firstMatch } from "../lang/decision.ts";
import type { Value } from "../lang/value.ts";
import { restrictNames } from "../rules/header_names.ts";
import { admit, isMonitored, prepare } from "./admission.ts";
import { clientAddress } from "./client_address.ts";
import type { Configuration } from "./configuration.ts";
import { frontendOf } from "./decide.ts";
import { answerWith, passResponse } from "./middleware_response.ts";
import { OfflineTransaction } from "./offline_transaction.ts";
import { readInput, type RequestInput } from "./request_input.ts";
import { backendOf } from "./routing.ts";
import { fieldList } from "./leaving.ts";
import { headersOf, inputOf, urlOf } from "./standard_request.ts";
import { bufferRequest, type Messages, runWaiting } from "./waits.ts";

/** What the rules said of a request, for the handlers behind them. */
export interface RoutedRequest {
  readonly frontend: string;
  /** The backend that `use_backend` or `default_backend` chose; undefined without any. */
  readonly backend: string | undefined;
  /** `file:line` of what decided; undefined when no line did. */
  readonly decidedBy: string | undefined;
  /** A variable that a rule has set, by its full name (`txn.user`). */
  variable(name: string): Value | undefined;
}

/** For the type of a Hono app: `new Hono<{ Variables: SluiceVariables }>()`. */
export interface SluiceVariables {
  sluice: RoutedRequest;
}

export interface MiddlewareOptions {
  /** Whose rules apply; the only frontend needs no name. */
  readonly frontend?: string;
  /**
   * The client's address (`src`). By default it is what Bun, Deno, Node's adapter or Sluice tell;
   * without any, `src` has no value, and tests of it fail.
   */
  readonly from?: (c: Context) => string | undefined;
}

/**
 * Applies a frontend's rules in a Hono app. A rule that answers (`deny`, `redirect`, `return`,
 * `auth`) ends the request there; what others change is the request that later handlers see; the
 * `http-response` and `http-after-response` rules change the answer. Backends are not entered:
 * `c.get("sluice").backend` names the one that was chosen. A Hono app can't close a connection
 * without an answer: after `reject` and `silent-drop` the answer is an empty 403.
 *
 * @throws {FrontendError} when there is no such frontend, or several and none was named
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { readConfiguration, sluice, type SluiceVariables } from "@sluice/sluice";
 *
 * const { configuration } = readConfiguration(`
 * frontend:
 *   www:
 *     mode: http
 *     bind: ":8080"
 *     http-request:
 *       - deny if { path_beg /admin }
 *       - set-header X-Checked yes
 * `);
 * const app = new Hono<{ Variables: SluiceVariables }>();
 * app.use(sluice(configuration!));
 * app.get("*", (c) => c.text(`checked: ${c.req.header("x-checked")}`));
 * console.log((await app.request("/admin")).status); // 403
 * console.log(await (await app.request("/")).text()); // checked: yes
 * ```
 */
export function sluice(
  configuration: Configuration,
  options: MiddlewareOptions = {},
): MiddlewareHandler<{ Variables: SluiceVariables }> {
  const frontend = frontendOf(configuration.plan, options.frontend);
  const { environment, plan } = configuration;
  const firstSwitch = firstMatch(frontend.switching.map((rule) => rule.condition));
  return async (c, next) => {
    const request = c.req.raw;
    const from = options.from ? options.from(c) : clientAddress(c.env, request);
    const input = inputOf(request, { from });
    const tx = new OfflineTransaction(frontend, {
      src: from,
      dst: input.to,
      dstPort: input.toPort ?? 0,
      env: environment,
    });
    const messages: Messages = { request, response: undefined };
    const answer = await decideRequest(tx, input, messages);
    if (answer) return answer;
    if (messages.request !== request) replaceRequest(c, messages.request);
    const backend = backendOf(plan, tx, frontend.switching[firstSwitch(tx)], () => {});
    c.set("sluice", {
      frontend: frontend.name,
      backend: backend?.name,
      decidedBy: tx.decidedBy,
      variable: (name) => variableOf(tx, name),
    });
    await next();
    await passResponse(c, tx, messages);
  };
}

/** The request's part; an answer ends it. What the rules changed is in `messages` afterwards. */
async function decideRequest(
  tx: OfflineTransaction,
  input: RequestInput,
  messages: Messages,
): Promise<Response | undefined> {
  const frontend = tx.frontendPlan;
  const read = readInput(input);
  const problem = read.kind === "invalid" ? read.problem : admit(tx, read.head, input.body);
  if (problem) return answerWith(tx, tx.errorPage(problem.status));
  if (isMonitored(tx)) {
    const failing = frontend.monitorFail.some((condition) => condition.holds(tx));
    return answerWith(tx, tx.errorPage(failing ? 503 : 200));
  }
  const before = stateOf(tx);
  prepare(tx);
  if (frontend.bufferRequest) await bufferRequest(tx, messages);
  const outcome = await runWaiting(tx, frontend.httpRequest, messages);
  switch (outcome) {
    case "continue":
    case "accept":
      break;
    case "reply":
      return answerWith(tx, tx.reply!);
    case "abort":
    case "drop":
      return new Response(null, { status: 403 });
    case "error":
      return answerWith(tx, tx.errorPage(500));
    default:
      return outcome satisfies never;
  }
  const { headerNames } = frontend;
  if (headerNames !== undefined && restrictNames(tx.request!, headerNames) === "refused") {
    return answerWith(tx, tx.errorPage(403));
  }
  if (stateOf(tx) !== before) messages.request = changedRequest(tx, messages.request);
  return undefined;
}

function stateOf({ request }: OfflineTransaction): string {
  return `${request!.method} ${request!.target}\n${request!.render()}`;
}

function changedRequest({ request: head }: OfflineTransaction, before: Request): Request {
  const { method } = head!;
  const bodiless = method === "GET" || method === "HEAD" || before.body === null ||
    before.bodyUsed;
  const changed = new Request(urlOf(head!, before.url), {
    method,
    headers: headersOf(fieldList(head!)),
    ...(bodiless ? {} : { body: before.body, duplex: "half" }),
  } as RequestInit);
  // Deno warns about the signal of a served request as soon as anyone asks for it.
  Object.defineProperty(changed, "signal", { get: () => before.signal });
  return changed;
}

/** Later handlers read the changed request, also where Hono has noted something of the first. */
function replaceRequest(c: Context, request: Request): void {
  c.req.raw = request;
  c.req.path = new URL(request.url).pathname;
}

function variableOf(tx: OfflineTransaction, name: string): Value | undefined {
  const [scope = "", ...rest] = name.split(".");
  return tx.variables.get(scope as VariableScope, rest.join("."));
}
