import { describe, expect, test } from "bun:test";
import { app } from "../../examples/library/neighbours.ts";

const env = { remoteAddress: "192.0.2.1" };

describe("sluice() beside Hono's own middleware", () => {
  test("cors, secureHeaders and etag put their fields on an answer that the rules changed", async () => {
    const headers = { Origin: "https://app.example" };
    const response = await app.request("/page", { headers }, env);
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("etag")).toMatch(/^(W\/)?"/);
    expect(response.headers.get("x-guarded-by")).toBe("sluice");
    expect(response.headers.has("x-powered-by")).toBe(false);
    expect(await response.text()).toBe("pages serves /page to 192.0.2.1\n");
  });

  test("a preflight is cors' own, behind the rules", async () => {
    const headers = { Origin: "https://app.example", "Access-Control-Request-Method": "PUT" };
    const response = await app.request("/api/x", { method: "OPTIONS", headers }, env);
    expect(response.status).toBe(204);
    expect(response.headers.get("x-guarded-by")).toBe("sluice");
    const denied = await app.request("/.git/config", { method: "OPTIONS", headers }, env);
    expect(denied.status).toBe(403);
  });

  test("bearerAuth guards what the rules let through", async () => {
    expect((await app.request("/admin", {}, env)).status).toBe(401);
    const headers = { Authorization: "Bearer s3cret" };
    const response = await app.request("/admin", { headers }, env);
    expect([response.status, await response.text()]).toEqual([200, "the admin's page"]);
  });

  test("an etag that matches gives 304 with the after-response rules applied", async () => {
    const first = await app.request("/page", {}, env);
    const headers = { "If-None-Match": first.headers.get("etag")! };
    const second = await app.request("/page", { headers }, env);
    expect([second.status, await second.text()]).toEqual([304, ""]);
    expect(second.headers.get("x-guarded-by")).toBe("sluice");
  });

  test("compress compresses an answer that passes the response rules", async () => {
    const path = "/" + "long/".repeat(400);
    const headers = { "Accept-Encoding": "gzip" };
    const response = await app.request(path, { headers }, env);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    const plain = response.body!.pipeThrough(new DecompressionStream("gzip"));
    expect(await new Response(plain).text()).toBe(`pages serves ${path} to 192.0.2.1\n`);
  });

  test("the rules answer before any of them", async () => {
    const response = await app.request("/old/page?x=1", {}, env);
    expect([response.status, response.headers.get("location")]).toEqual([301, "/new/page"]);
    expect(response.headers.has("x-content-type-options")).toBe(false);
  });
});
