// A Hono app whose way in is guarded by HAProxy's rules, beside Hono's own middleware.
//
//   bun examples/library/neighbours.ts          (or: deno run -A examples/library/neighbours.ts)
//   curl -i http://127.0.0.1:8787/                       200, cross-origin headers, an ETag
//   curl -i http://127.0.0.1:8787/admin                  401 until the token is given
//   curl -i -H 'Authorization: Bearer s3cret' http://127.0.0.1:8787/admin
//   curl -i http://127.0.0.1:8787/.git/config            403 from the rules
//   curl -i http://127.0.0.1:8787/old/page               301 to /new/page
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { secureHeaders } from "hono/secure-headers";
import { formatDiagnostic, readConfiguration, sluice, type SluiceVariables } from "../../mod.ts";

const { configuration, diagnostics } = readConfiguration(
  `
defaults:
  mode: http
  timeout: { connect: 5s, client: 30s, server: 30s }
frontend:
  www:
    acl:
      is_hidden: path_sub /.
      is_old: path_reg ^/old/
      is_api: path_beg /api/
    http-request:
      - deny if is_hidden
      - redirect location "%[path,regsub(^/old,/new)]" code 301 if is_old
      - set-header X-Client "%[src]" if { src -m found }
      - del-header X-Internal
    http-response:
      - del-header X-Powered-By
    http-after-response:
      - set-header X-Guarded-By sluice
    use_backend:
      - api if is_api
    default_backend: pages
backend:
  api: { server: { unused: "127.0.0.1:1" } }
  pages: { server: { unused: "127.0.0.1:1" } }
`,
  { name: "neighbours.yaml" },
);
if (!configuration) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));

export const app = new Hono<{ Variables: SluiceVariables }>();
app.use(sluice(configuration));
app.use(cors({ origin: "https://app.example" }), secureHeaders(), compress(), etag());
app.use("/admin", bearerAuth({ token: "s3cret" }));
app.get("/admin", (c) => c.text("the admin's page"));
app.all("*", (c) => {
  c.header("X-Powered-By", "hono");
  const { backend } = c.get("sluice");
  return c.text(`${backend} serves ${c.req.path} to ${c.req.header("x-client") ?? "someone"}\n`);
});

export default { hostname: "127.0.0.1", port: 8787, fetch: app.fetch };
