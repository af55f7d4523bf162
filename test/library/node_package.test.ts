import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "../../scripts/pack.ts";
import { project } from "../../scripts/project.ts";

/** Whoever installs the tarball: a folder with the package, its locked dependencies, nothing else. */
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-consumer-"));
  const tarball = pack(join(folder, "packed"));
  const installed = join(folder, "node_modules", "@sluice", "sluice");
  mkdirSync(installed, { recursive: true });
  run(["tar", "-xzf", tarball, "-C", installed, "--strip-components=1"]);
  for (const name of ["hono", "yaml"]) {
    symlinkSync(join(project.root, "node_modules", name), join(folder, "node_modules", name));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: readonly string[], cwd: string = folder): string {
  const result = Bun.spawnSync([...command], { cwd, stdout: "pipe", stderr: "pipe" });
  const said = result.stdout.toString() + result.stderr.toString();
  if (result.exitCode !== 0) throw new Error(`${command.join(" ")}:\n${said}`);
  return said;
}

const consumer = `
import { strictEqual as equal } from "node:assert";
import { Hono } from "hono";
import { etag } from "hono/etag";
import { readConfiguration, sluice } from "@sluice/sluice";

const { configuration, diagnostics } = readConfiguration(\`
defaults: { mode: http, timeout: { connect: 5s, client: 5s, server: 5s } }
frontend:
  www:
    acl: { is_image: "path_end .png" }
    http-request:
      - deny if { path_beg /admin }
      - wait-for-body time 5s if METH_POST
      - deny deny_status 400 if { req.body -m sub evil }
      - set-header X-Client "%[src]"
      - set-path /new%[path] if { path_beg /old }
    http-response: "set-header X-Out %[status]"
    use_backend: "images if is_image"
    default_backend: app
backend:
  app: { server: { a1: "127.0.0.1:9000" } }
  images: { server: { i1: "127.0.0.1:9001" } }
\`);
equal(diagnostics.filter((d) => d.severity === "error").length, 0);
const picture = new Request("http://example.com/a.png");
equal(configuration.evaluate("is_image { src 10.0.0.0/8 }", picture, { from: "10.1.1.1" }), true);
equal(configuration.decide(picture).backend, "images");

const app = new Hono();
app.use(etag(), sluice(configuration));
app.all("*", async (c) => {
  const words = [c.get("sluice").backend, c.req.path, c.req.header("x-client"), await c.req.text()];
  return c.text(words.join(" "));
});
const env = { incoming: { socket: { remoteAddress: "::ffff:192.0.2.3" } } };
equal((await app.request("/admin", {}, env)).status, 403);
const moved = await app.request("/old/x", {}, env);
equal(await moved.text(), "app /new/old/x 192.0.2.3 ");
equal(moved.headers.get("x-out"), "200");
equal(moved.headers.has("etag"), true);
const posted = await app.request("/a.png", { method: "POST", body: "tea" }, env);
equal(await posted.text(), "images /a.png 192.0.2.3 tea");
const evil = await app.request("/", { method: "POST", body: "evil" }, env);
equal(evil.status, 400);
console.log("the library works on node");
`;

test("plain Node runs what the tarball holds", () => {
  writeFileSync(join(folder, "consumer.js"), consumer);
  expect(run(["node", "consumer.js"])).toBe("the library works on node\n");
}, 60_000);

const typed = `
import { Hono } from "hono";
import {
  type Configuration,
  type Decision,
  readConfiguration,
  sluice,
  type SluiceVariables,
} from "@sluice/sluice";

const { configuration } = readConfiguration("", { files: (path: string) => path });
// @ts-expect-error It may be undefined: the diagnostics say why.
const certain: Configuration = configuration;
const decision: Decision = certain.decide(new Request("http://a/"), { from: "10.0.0.1" });
export const answer: number | string = decision.outcome === "reply"
  ? decision.reply.status
  : decision.outcome === "forward"
  ? decision.server
  : decision.outcome;
// @ts-expect-error Only an answer has a status.
decision.reply.status;
const app = new Hono<{ Variables: SluiceVariables }>();
app.use(sluice(certain, { frontend: "www", from: (c) => c.req.header("x-real-ip") }));
app.get("/", (c) => c.text(c.get("sluice").backend ?? "none"));
// @ts-expect-error A condition is text.
certain.evaluate(1, new Request("http://a/"));
`;

test("its types compile for a strict consumer", () => {
  writeFileSync(join(folder, "typed.ts"), typed);
  const compilerOptions = {
    target: "ES2024",
    lib: ["ES2024", "DOM", "DOM.Iterable"],
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    noEmit: true,
    types: [],
  };
  const config = JSON.stringify({ compilerOptions, files: ["typed.ts"] });
  writeFileSync(join(folder, "tsconfig.json"), config);
  expect(run([project.bin("tsc"), "-p", "."])).toBe("");
}, 60_000);

test("the tarball holds types and one file of code, and none of the gateway", () => {
  const tarball = join(folder, "packed");
  const [name] = new Bun.Glob("*.tgz").scanSync(tarball);
  const files = run(["tar", "-tzf", join(tarball, name!)]).trim().split("\n");
  expect(files.filter((file) => !file.endsWith(".d.ts")).sort())
    .toEqual(["package/mod.js", "package/package.json"]);
  for (const room of ["net", "proxy", "takeover", "observe", "cli", "backend", "state"]) {
    expect(files.filter((file) => file.startsWith(`package/src/${room}/`))).toEqual([]);
  }
}, 60_000);
