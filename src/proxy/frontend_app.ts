import { Hono } from "hono";
import type { BackendPlan } from "../config/backend_plan.ts";
import type { FrontendPlan } from "../config/frontend_plan.ts";
import type { Context } from "../lang/context.ts";
import { firstMatch } from "../lang/decision.ts";
import type { Exchange } from "./http/exchange.ts";
import { HandlerRun, type UserEnv } from "./user/handler_run.ts";
import { sendReply } from "./http/reply_phase.ts";
import { NoStandardRequest, standardRequest, standardUrl } from "./user/user_request.ts";
import { answerUser, failUser, pageResponse } from "./user/user_response.ts";

/** What a user's file may export: a Hono app, or anything with a `fetch`. */
export interface UserModule {
  /** Path prefix it is mounted on; "/" for all. */
  readonly mount: string;
  readonly handler: Hono | { fetch(request: Request, env?: unknown): Response | Promise<Response> };
}

type Dispatch = (x: Exchange) => void;

/** No client's method can hold a parenthesis: only the gateway asks for these routes. */
const proxyMethod = "(PROXY)";

/**
 * A frontend's Hono app. Backends are its routes, found by the name that the rules chose; what the
 * user mounted sits beside them, and a request that it matches takes the way of standard Requests
 * and Responses. All others never leave the raw path.
 */
export class FrontendApp {
  readonly app = new Hono<{ Bindings: UserEnv }>();
  /** Index of the first `use_backend` that holds, -1 for the default. */
  readonly firstSwitch: (cx: Context) => number;
  readonly #hasUserRoutes: boolean;
  /** Paths of the backends' routes, by name. */
  readonly #routes = new Map<string, string>();

  constructor(
    readonly frontend: FrontendPlan,
    backends: Iterable<BackendPlan>,
    modules: readonly UserModule[],
    private readonly serveBackend: (x: Exchange, backend: BackendPlan) => void,
  ) {
    for (const backend of backends) {
      const dispatch: Dispatch = (x) => this.serveBackend(x, backend);
      const path = "/" + encodeURIComponent(backend.name);
      this.#routes.set(backend.name, path);
      this.app.on(proxyMethod, path, dispatch as never);
    }
    for (const { mount, handler } of modules) {
      if (handler instanceof Hono || isHono(handler)) this.app.route(mount, handler as Hono);
      else this.app.mount(mount, (request, env) => handler.fetch(request, env));
    }
    const { switching } = frontend;
    this.firstSwitch = switching.length === 0
      ? () => -1
      : firstMatch(switching.map((rule) => rule.condition));
    this.app.notFound((c) => c.env.proxy());
    this.app.onError((error, c) => {
      if ("getResponse" in error) return error.getResponse();
      return pageResponse((c.env as HandlerRun).failure(error));
    });
    this.#hasUserRoutes = modules.length > 0;
  }

  /** Hands the request to a backend's route; false when this frontend knows no such backend. */
  dispatch(x: Exchange, backendName: string): boolean {
    const path = this.#routes.get(backendName);
    if (path === undefined) return false;
    const [matches] = this.app.router.match(proxyMethod, path);
    const route = matches[0]?.[0] as unknown as readonly [Dispatch, { method: string }] | undefined;
    // A middleware of the user's on every path matches here too, behind the backends.
    if (route === undefined || route[1].method !== proxyMethod) return false;
    route[0](x);
    return true;
  }

  /**
   * A handler of the user's matches this request. What can't be looked up is theirs too: a request
   * in a strange form must not go around a middleware that guards something.
   */
  claims(x: Exchange): boolean {
    if (!this.#hasUserRoutes) return false;
    const { method } = x.request!;
    try {
      const path = this.app.getPath({ url: normalUrl(standardUrl(x.request!)) } as Request);
      return this.app.router.match(method === "HEAD" ? "GET" : method, path)[0].length > 0;
    } catch {
      return true;
    }
  }

  /** Serves it through the user's handlers; `route` sends it on to a backend if they ask for it. */
  async serve(x: Exchange, route: Dispatch): Promise<void> {
    const run = x.handlers = new HandlerRun(x, route);
    try {
      const request = standardRequest(x, run.body, run.signal);
      await answerUser(x, run, await this.app.fetch(request, run));
    } catch (error) {
      if (error instanceof NoStandardRequest) {
        run.done();
        sendReply(x, x.errorPage(error.status));
      } else failUser(x, run, error);
    }
  }
}

/** Most URLs are as the standard would write them. */
const plainUrl = /^http:\/\/[^/]+(?:\/(?!\.)[\w\-.~!$&'()*+,;=:@]*)*(?:\?|$)/;

/** As the URL of a Request is spelled: without dot segments and backslashes, with a path. */
function normalUrl(url: string): string {
  return plainUrl.test(url) ? url : new URL(url).href;
}

/** A Hono of another copy of the package: told by its shape. */
function isHono(handler: object): boolean {
  return "router" in handler && "routes" in handler && "route" in handler;
}
