import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import { Hono } from "hono";
import {
  Address,
  FrontendError,
  type MiddlewareOptions,
  readConfiguration,
  sluice,
  type SluiceVariables,
} from "../../mod.ts";

/** An app behind the rules of one frontend, whose handler tells what it was asked. */
function appWith(lines: string, options: MiddlewareOptions = {}) {
  const { configuration, diagnostics } = readConfiguration(`
defaults: { mode: http, timeout: { connect: 5s, client: 5s, server: 5s } }
frontend:
  www:
${lines.replace(/^/gm, "    ")}
backend:
  app: { server: { a1: "127.0.0.1:9000" } }
  images: { server: { i1: "127.0.0.1:9001" } }
`);
  if (!configuration) throw new Error(diagnostics.map((d) => d.message).join("\n"));
  const app = new Hono<{ Variables: SluiceVariables }>();
  app.use(sluice(configuration, options));
  app.all("*", async (c) => {
    const { frontend, backend, decidedBy } = c.get("sluice");
    c.header("X-Secret", "inner");
    c.header("Set-Cookie", "a=1");
    c.header("Set-Cookie", "b=2", { append: true });
    return c.json({
      method: c.req.method,
      url: c.req.url,
      path: c.req.path,
      headers: c.req.header(),
      body: await c.req.text(),
      frontend,
      backend,
      decidedBy,
      user: c.get("sluice").variable("txn.user"),
    });
  });
  return app;
}

test("a variable that holds an address is shown and written as its text", async () => {
  const app = appWith("http-request: set-var(txn.user) src", { from: () => "192.0.2.7" });
  expect(await (await app.request("/")).json()).toMatchObject({ user: "192.0.2.7" });
  expect(inspect(Address.parse("2001:db8::1"))).toBe("2001:db8::1");
  expect(`${Address.parse("2001:db8::1")}`).toBe("2001:db8::1");
});

describe("rules that answer", () => {
  const app = appWith(`http-request:
  - deny if { path /deny }
  - redirect location https://%[req.hdr(host)]/x code 308 if { path /redirect }
  - return status 418 content-type text/plain lf-string "%[path] is tea" hdr X-Tea "yes, %[method]" if { path /tea }
  - auth realm Inner if { path /auth }
  - reject if { path /reject }
  - silent-drop if { path /drop }
http-after-response:
  - set-header X-After "%[status]"`);

  test("deny, with its page and the after-response rules", async () => {
    const response = await app.request("/deny");
    expect(response.status).toBe(403);
    expect(response.headers.get("content-type")).toBe("text/html");
    expect(response.headers.get("x-after")).toBe("403");
    expect(await response.text()).toContain("Request forbidden by administrative rules");
  });

  test("redirect, return and auth", async () => {
    const redirect = await app.request("http://a.example/redirect");
    expect([redirect.status, redirect.headers.get("location")])
      .toEqual([308, "https://a.example/x"]);
    const tea = await app.request("/tea", { method: "POST" });
    expect([tea.status, tea.headers.get("x-tea"), await tea.text()])
      .toEqual([418, "yes, POST", "/tea is tea"]);
    const auth = await app.request("/auth");
    expect([auth.status, auth.headers.get("www-authenticate")])
      .toEqual([401, 'Basic realm="Inner"']);
  });

  test("a close without an answer becomes an empty 403", async () => {
    for (const path of ["/reject", "/drop"]) {
      const response = await app.request(path);
      expect([response.status, await response.text()]).toEqual([403, ""]);
    }
  });

  test("HEAD gets the head of the answer and no body", async () => {
    const response = await app.request("/tea", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([418, ""]);
  });
});

describe("rules that change the request", () => {
  const app = appWith(
    `acl: { is_image: path_end .png }
http-request:
  - set-header X-Client "%[src]"
  - del-header X-Internal
  - set-var(txn.user) req.hdr(x-user),lower
  - set-path "/new%[path]" if { path_beg /old }
  - set-query "tag=%[rand(1)]" if { path_beg /tagged }
  - set-method PUT if { path_beg /put }
  - set-header Host inner.example if { path_beg /host }
use_backend: images if is_image
default_backend: app`,
    { from: () => "192.0.2.7" },
  );
  const ask = async (path: string, init: RequestInit = {}) =>
    await (await app.request(path, init)).json() as Record<string, unknown> & {
      headers: Record<string, string>;
    };

  test("headers, variables and the chosen backend reach the handlers", async () => {
    const seen = await ask("/a.png", { headers: { "X-Internal": "forged", "X-User": "ANN" } });
    expect(seen.headers["x-client"]).toBe("192.0.2.7");
    expect(seen.headers["x-internal"]).toBeUndefined();
    expect(seen.user).toBe("ann");
    expect([seen.frontend, seen.backend]).toEqual(["www", "images"]);
    expect(seen.decidedBy).toMatch(/^configuration:\d+$/);
    expect((await ask("/a")).backend).toBe("app");
  });

  test("path, query, method, host and body", async () => {
    const moved = await ask("/old/x?q=1");
    expect([moved.path, moved.url]).toEqual(["/new/old/x", "http://localhost/new/old/x?q=1"]);
    expect((await ask("/tagged")).url).toBe("http://localhost/tagged?tag=0");
    const put = await ask("/put", { method: "POST", body: "kept \u20ac" });
    expect([put.method, put.body]).toEqual(["PUT", "kept \u20ac"]);
    expect((await ask("/host")).url).toBe("http://inner.example/host");
  });

  test("a path of two slashes stays a path", async () => {
    const seen = await ask("http://localhost//evil.example/x");
    expect(seen.url).toBe("http://localhost//evil.example/x");
  });

  test("what earlier middleware read of the body is still there", async () => {
    const outer = new Hono();
    outer.use(async (c, next) => {
      await c.req.text();
      await next();
    });
    outer.route("/", app);
    const response = await outer.request("/echo", { method: "POST", body: "read before" });
    expect((await response.json() as { body: string }).body).toBe("read before");
  });
});

describe("bodies", () => {
  const app = appWith(`http-request:
  - wait-for-body time 5s if METH_POST
  - deny if { req.body -m sub evil }`);

  test("a rule reads the body, and the handler after it", async () => {
    const post = (body: string) => app.request("/", { method: "POST", body });
    expect((await post("an evil plan")).status).toBe(403);
    const good = await post("a good plan");
    expect((await good.json() as { body: string }).body).toBe("a good plan");
  });

  test("a body longer than what is held passes on whole", async () => {
    const body = "x".repeat(100_000);
    const response = await app.request("/", { method: "POST", body });
    expect((await response.json() as { body: string }).body.length).toBe(body.length);
  });

  test("a body that stalls is answered with 408", async () => {
    const stalled = appWith("http-request: wait-for-body time 1ms");
    const body = new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode("a")) });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    expect((await stalled.request("/", init)).status).toBe(408);
  });
});

describe("rules about the answer", () => {
  const app = appWith(`http-response:
  - set-header X-Out "%[res.hdr(x-secret)]-%[status]"
  - del-header X-Secret
  - set-status 203 reason Mine if { capture.req.uri /203 }
  - deny if { capture.req.uri /deny-answer }
  - redirect location /elsewhere if { capture.req.uri /away }
http-after-response:
  - add-header X-After yes`);

  test("fields change, several cookies stay several", async () => {
    const response = await app.request("/");
    expect(response.headers.get("x-out")).toBe("inner-200");
    expect(response.headers.has("x-secret")).toBe(false);
    expect(response.headers.get("x-after")).toBe("yes");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect((await response.json() as { path: string }).path).toBe("/");
  });

  test("status, deny and redirect", async () => {
    const other = await app.request("/203");
    expect([other.status, other.statusText]).toEqual([203, "Mine"]);
    const denied = await app.request("/deny-answer");
    expect([denied.status, denied.headers.has("set-cookie")]).toEqual([502, false]);
    const away = await app.request("/away");
    expect([away.status, away.headers.get("location")]).toEqual([302, "/elsewhere"]);
  });

  test("an answer that no rule touches is the handler's own object", async () => {
    const untouched = appWith("http-request: set-header X-A 1");
    expect((await untouched.request("/")).headers.get("x-secret")).toBe("inner");
  });
});

describe("where it is mounted", () => {
  test("the client's address as each runtime tells it", async () => {
    const app = appWith(
      'http-request: return status 200 lf-string "%[src]" content-type text/plain',
    );
    const seen = async (env: object) => await (await app.request("/", {}, env)).text();
    expect(await seen({})).toBe("");
    expect(await seen({ remoteAddress: "192.0.2.1" })).toBe("192.0.2.1");
    expect(await seen({ remoteAddr: { hostname: "192.0.2.2", port: 1 } })).toBe("192.0.2.2");
    expect(await seen({ incoming: { socket: { remoteAddress: "::ffff:192.0.2.3" } } }))
      .toBe("192.0.2.3");
    const requestIP = () => ({ address: "fe80::1%eth0" });
    expect(await seen({ requestIP })).toBe("fe80::1");
    expect(await seen({ server: { requestIP } })).toBe("fe80::1");
  });

  test("lists and maps live as long as the configuration", async () => {
    const app = appWith(`http-request:
  - set-map(virt@seen) %[path] yes if METH_POST
  - return status 200 if { path,map_str(virt@seen) -m found }
  - return status 404`);
    expect((await app.request("/a")).status).toBe(404);
    await app.request("/a", { method: "POST" });
    expect((await app.request("/a")).status).toBe(200);
  });

  test("monitor-uri answers before any rule", async () => {
    const app = appWith("monitor-uri: /alive\nhttp-request: deny");
    expect((await app.request("/alive")).status).toBe(200);
    expect((await app.request("/other")).status).toBe(403);
  });

  test("a frontend that is not there is refused at once", () => {
    expect(() => appWith("http-request: deny", { frontend: "ftp" })).toThrow(FrontendError);
  });
});
