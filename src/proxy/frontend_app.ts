import { Hono } from "hono";
import type { BackendPlan, FrontendPlan } from "../config/plan.ts";
import { firstMatch } from "../lang/decision.ts";
import type { Exchange } from "./exchange.ts";
import { ProxiedAnswer } from "./proxied_answer.ts";
import { standardRequest } from "./user_request.ts";
import { answerUser, failUser } from "./user_response.ts";

/** What a user's file may export: a Hono app, or anything with a `fetch`. */
export interface UserModule {
  /** Path prefix it is mounted on; "/" for all. */
  readonly mount: string;
  readonly handler: Hono | { fetch(request: Request, env?: unknown): Response | Promise<Response> };
}

/** What a handler of the user's finds in `c.env` (a plain `fetch`: in its second argument). */
export interface UserEnv {
  /** The client's address as rules see it (`src`), "" on a unix socket. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly frontend: string;
  /** Sends the request on as if no handler had matched. */
  proxy(): Promise<Response>;
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
  readonly app = new Hono<{ Bindings: UserEnv & { exchange: Exchange } }>();
  /** Index of the first `use_backend` that holds, -1 for the default. */
  readonly firstSwitch: (x: Exchange) => number;
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

  /** A handler of the user's matches this request. */
  claims(x: Exchange): boolean {
    if (!this.#hasUserRoutes) return false;
    const { method, path } = x.request!;
    if (method === "CONNECT" || method === "TRACE" || path === undefined || x.wish.upgrade) {
      return false;
    }
    const lookup = method === "HEAD" ? "GET" : method;
    return this.app.router.match(lookup, decodePath(path))[0].length > 0;
  }

  /** Serves it through the user's handlers; `route` sends it on to a backend if they ask for it. */
  async serve(x: Exchange, route: Dispatch): Promise<void> {
    const request = standardRequest(x);
    if (!request) return route(x);
    let proxied: ProxiedAnswer | undefined;
    const proxy = () => {
      if (proxied) return Promise.reject(new TypeError("The request was already sent on"));
      proxied = new ProxiedAnswer(x);
      return proxied.ask(route);
    };
    const env = {
      remoteAddress: x.client.src?.toString() ?? "",
      remotePort: x.client.srcPort,
      frontend: this.frontend.name,
      proxy,
      exchange: x,
    };
    try {
      const response = await this.app.fetch(request, env);
      await answerUser(x, response, proxied);
    } catch (error) {
      failUser(x, error);
    }
  }
}

/** A Hono of another copy of the package: told by its shape. */
function isHono(handler: object): boolean {
  return "router" in handler && "routes" in handler && "route" in handler;
}

function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
