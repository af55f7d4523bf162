// Run by deno alone: the library, a served app and the client's address, each with its assertion.
import { Hono } from "hono";
import { deepStrictEqual as same, strictEqual as equal } from "node:assert";
import { readConfiguration, sluice, type SluiceVariables } from "../../mod.ts";
import { app as neighbours } from "../../examples/library/neighbours.ts";

/** What of Deno is used here; the project's types are Bun's. */
declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen(): void },
    handler: (request: Request, info: object) => Response | Promise<Response>,
  ): { addr: { port: number }; shutdown(): Promise<void> };
};

const { configuration } = readConfiguration(`
defaults: { mode: http, timeout: { connect: 5s, client: 5s, server: 5s } }
frontend:
  www:
    acl: { is_image: "path_end .png", is_local: "src 127.0.0.0/8" }
    http-request:
      - deny if { path_beg /admin }
      - wait-for-body time 5s if METH_POST
      - deny deny_status 400 if { req.body -m sub evil }
      - set-header X-Local yes if is_local
      - set-path /new%[path] if { path_reg ^/old/[a-z]+$ }
    http-response: "del-header X-Secret"
    use_backend: "images if is_image"
    default_backend: app
backend:
  app: { server: { a1: "127.0.0.1:9000" } }
  images: { server: { i1: "127.0.0.1:9001" } }
`);
if (!configuration) throw new Error("the configuration is sound");

const picture = new Request("http://example.com/a.png");
equal(configuration.evaluate("is_image !is_local", picture, { from: "10.0.0.1" }), true);
const decision = configuration.decide(picture, { from: "10.0.0.1" });
equal(decision.outcome === "forward" && `${decision.backend}/${decision.server}`, "images/i1");

const app = new Hono<{ Variables: SluiceVariables }>();
app.use(sluice(configuration));
app.all("*", async (c) => {
  c.header("X-Secret", "inner");
  const local = c.req.header("x-local") ?? "no";
  return c.text(`${c.get("sluice").backend} ${c.req.path} ${local} ${await c.req.text()}`);
});

const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
const server = Deno.serve(options, (request, info) => app.fetch(request, info));
const base = `http://127.0.0.1:${server.addr.port}`;
try {
  const denied = await fetch(`${base}/admin`);
  equal(denied.status, 403);
  equal((await denied.text()).includes("Request forbidden"), true);
  const moved = await fetch(`${base}/old/x`);
  equal(await moved.text(), "app /new/old/x yes ");
  equal(moved.headers.has("x-secret"), false);
  const posted = await fetch(base, { method: "POST", body: "tea" });
  equal(await posted.text(), "app / yes tea");
  const evil = await fetch(base, { method: "POST", body: "an evil plan" });
  equal(evil.status, 400);
  await evil.body?.cancel();
} finally {
  await server.shutdown();
}

const guarded = await neighbours.request("/page", {}, { remoteAddr: { hostname: "192.0.2.1" } });
same(
  [guarded.status, guarded.headers.get("x-guarded-by"), await guarded.text()],
  [200, "sluice", "pages serves /page to 192.0.2.1\n"],
);
console.log("the library works on deno");
