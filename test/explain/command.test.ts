import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { project } from "../../scripts/project.ts";

const folder = join(project.root, "test/explain/golden/manual_example");

function sluice(...args: string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [process.execPath, join(project.root, "src/main.ts"), "explain", ...args],
    { cwd: folder, stdout: "pipe", stderr: "pipe" },
  );
  return { exitCode, out: stdout.toString(), err: stderr.toString() };
}

test("the page's example prints what the page shows", () => {
  const page = readFileSync(join(project.root, "docs/explain.md"), "utf8");
  const url = "http://www.example.com/img/a.png";
  const { exitCode, out } = sluice(
    ...["-f", "site.yaml", "GET", url, "-H", "X: y", "--from", "10.0.0.1"],
  );
  expect(exitCode).toBe(0);
  expect(page).toContain("```\n" + out + "```");
});

test("a haproxy.cfg is explained like its YAML, at its own lines", () => {
  const convert = Bun.spawnSync(
    [process.execPath, join(project.root, "src/main.ts"), "convert", "-f", "site.yaml"],
    { cwd: folder },
  );
  const cfg = join(mkdtempSync(join(tmpdir(), "sluice-explain-")), "haproxy.cfg");
  writeFileSync(cfg, convert.stdout);
  const ask = (file: string) => sluice("-f", file, "--json", "GET", "http://www.example.com/img/a");
  const withoutPlaces = (out: string) =>
    out.replaceAll(/"line": \d+|"column": \d+|"[^"]*(site\.yaml|haproxy\.cfg)[^"]*"/g, "-");
  const { exitCode, out } = ask(cfg);
  expect(exitCode).toBe(0);
  expect(withoutPlaces(out)).toBe(withoutPlaces(ask("site.yaml").out));
  const line = readFileSync(cfg, "utf8").split("\n").findIndex((one) => /use_backend/.test(one)) +
    1;
  expect(out).toContain(`haproxy.cfg:${line}`);
  rmSync(dirname(cfg), { recursive: true });
});

test("options may stand before and behind the request, and files be several", () => {
  const { exitCode, out } = sluice(
    ...["GET", "/", "-f", "site.yaml", "-f", "../lists/nowhere.yaml"],
  );
  expect([exitCode, out]).toEqual([1, ""]);
  const json = sluice("--json", "-d", "tea", "-f", "site.yaml", "POST", "/x", "--http", "1.0");
  expect(json.exitCode).toBe(0);
  const decision = JSON.parse(json.out);
  expect([decision.backend, decision.request.version]).toEqual(["www", "1.0"]);
  expect(decision.request.headers).toContainEqual(["Content-Length", "3"]);
});

test("what makes no sense is told on stderr, with status 2", () => {
  for (
    const args of [
      ["GET", "/"],
      ["-f", "site.yaml", "GET"],
      ["-f", "site.yaml", "GET", "ftp://x/"],
      ["-f", "site.yaml", "GET", "/", "--frontend", "ftp"],
      ["-f", "site.yaml", "GET", "/", "--nonsense"],
    ]
  ) {
    const { exitCode, out, err } = sluice(...args);
    expect({ args, exitCode, out }).toEqual({ args, exitCode: 2, out: "" });
    expect(err).toContain("error");
  }
});

test("the frontend is the only one in HTTP mode, unless a port says another thing", () => {
  const own = mkdtempSync(join(tmpdir(), "sluice-explain-"));
  const file = join(own, "h.cfg");
  const web = "frontend web\n  mode http\n  bind :8080\n  http-request return status 200\n";
  const raw = "frontend raw\n  mode tcp\n  bind :8081\n  default_backend b\nbackend b\n";
  writeFileSync(file, raw + web);
  const ask = (url: string) => sluice("-f", file, "GET", url, "--json");
  const { exitCode, out } = ask("/admin");
  expect([exitCode, JSON.parse(out).frontend]).toEqual([0, "web"]);
  expect(ask("http://a:8082/").err).toContain("no frontend listens on port 8082; say --frontend");
  writeFileSync(file, raw + web + web.replace("web", "web2").replace("8080", "8083"));
  expect(ask("/admin").err).toContain("several frontends; say --frontend");
  expect(JSON.parse(ask("http://a:8083/").out).frontend).toBe("web2");
  rmSync(own, { recursive: true });
});
