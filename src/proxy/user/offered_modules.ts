import { typeTexts } from "./typed_text.ts";

/**
 * What Sluice offers to a user's file by name, so that it runs beside the one executable with no
 * node_modules of its own. Loaded when a configuration mounts a module, and only then.
 */
export const offered: Readonly<Record<string, () => Promise<object>>> = {
  "hono": () => import("hono"),
  "hono/basic-auth": () => import("hono/basic-auth"),
  "hono/bearer-auth": () => import("hono/bearer-auth"),
  "hono/body-limit": () => import("hono/body-limit"),
  "hono/cache": () => import("hono/cache"),
  "hono/combine": () => import("hono/combine"),
  "hono/compress": () => import("hono/compress"),
  "hono/cookie": () => import("hono/cookie"),
  "hono/cors": () => import("hono/cors"),
  "hono/csrf": () => import("hono/csrf"),
  "hono/etag": () => import("hono/etag"),
  "hono/factory": () => import("hono/factory"),
  "hono/html": () => import("hono/html"),
  "hono/http-exception": () => import("hono/http-exception"),
  "hono/ip-restriction": () => import("hono/ip-restriction"),
  "hono/jwt": () => import("hono/jwt"),
  "hono/logger": () => import("hono/logger"),
  "hono/method-override": () => import("hono/method-override"),
  "hono/powered-by": () => import("hono/powered-by"),
  "hono/pretty-json": () => import("hono/pretty-json"),
  "hono/proxy": () => import("hono/proxy"),
  "hono/request-id": () => import("hono/request-id"),
  "hono/secure-headers": () => import("hono/secure-headers"),
  "hono/streaming": () => import("hono/streaming"),
  "hono/timeout": () => import("hono/timeout"),
  "hono/timing": () => import("hono/timing"),
  "hono/trailing-slash": () => import("hono/trailing-slash"),
  "hono/validator": () => import("hono/validator"),
  "valibot": () => import("valibot"),
};

let offering: Promise<void> | undefined;

/** Makes the offered names importable, and Response what they expect. Deno resolves a file's imports by the file's own configuration. */
export function offerModules(): Promise<void> {
  if (typeof Bun === "undefined") return Promise.resolve();
  return offering ??= offer();
}

async function offer(): Promise<void> {
  // All of them before the first name is taken over: from then on an import of ours would come back
  // to what is being made here.
  const loaded = await Promise.all(
    Object.entries(offered).map(async ([name, load]) => [name, { ...(await load()) }] as const),
  );
  typeTexts();
  Bun.plugin({
    name: "sluice",
    setup(build) {
      for (const [name, exports] of loaded) {
        build.module(name, () => ({ exports, loader: "object" }));
      }
    },
  });
}
