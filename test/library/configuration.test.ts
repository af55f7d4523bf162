import { describe, expect, test } from "bun:test";
import { type Configuration, FrontendError, LangError, readConfiguration } from "../../mod.ts";

const timeouts = "timeout: { connect: 5s, client: 5s, server: 5s }";

function read(text: string, options: Parameters<typeof readConfiguration>[1] = {}): Configuration {
  const { configuration, diagnostics } = readConfiguration(
    `defaults: { mode: http, ${timeouts} }\n${text}`,
    options,
  );
  if (!configuration) throw new Error(diagnostics.map((d) => d.message).join("\n"));
  return configuration;
}

const site = `
frontend:
  www:
    bind: ":8080"
    acl:
      is_image: path_end .png .gif
      is_local: src 127.0.0.0/8
    http-request: "deny if { path_beg /admin } !is_local"
    use_backend: "images if is_image"
    default_backend: app
backend:
  app: { server: { a1: "127.0.0.1:9000", a2: "127.0.0.1:9001" } }
  images: { server: { i1: "127.0.0.1:9002" } }
`;

describe("readConfiguration", () => {
  test("takes HAProxy's own spelling", () => {
    const text =
      `frontend www\n  mode http\n  bind :"$PORT"\n  http-request deny if { path /no }\n`;
    const { configuration } = readConfiguration(text, {
      format: "haproxy",
      name: "haproxy.cfg",
      environment: { PORT: "8080" },
    });
    const { decidedBy } = configuration!.decide(new Request("http://a/no"));
    expect(decidedBy).toBe("haproxy.cfg:4");
  });

  test("an error comes with its place and no configuration", () => {
    const { configuration, diagnostics } = readConfiguration(
      "frontend:\n  www:\n    mode: http\n    use_backend: nowhere\n",
      { name: "site.yaml" },
    );
    expect(configuration).toBeUndefined();
    const error = diagnostics.find(({ severity }) => severity === "error")!;
    expect(error.at).toEqual({ file: "site.yaml", line: 4, column: 18 });
    expect(error.message).toContain("nowhere");
  });

  test("files are read through the caller only", () => {
    const text =
      'frontend:\n  www: { acl: { bad: "src -f bad.lst" }, http-request: "deny if bad" }\n';
    expect(() => read(text)).toThrow("bad.lst");
    const asked: string[] = [];
    const files = (path: string) => (asked.push(path), "192.0.2.0/24\n");
    const request = new Request("http://a/");
    expect(read(text, { files }).decide(request, { from: "192.0.2.9" }).outcome).toBe("reply");
    expect(new Set(asked)).toEqual(new Set(["bad.lst"]));
  });

  test("the environment is what the caller gives, not the process's", () => {
    const text = 'frontend:\n  www: { http-request: "return hdr X-Home ${HOME-none}" }\n';
    const headerOf = (configuration: Configuration) =>
      JSON.stringify(configuration.decide(new Request("http://a/")));
    expect(headerOf(read(text))).toContain('"X-Home","none"');
    expect(headerOf(read(text, { environment: { HOME: "/given" } }))).toContain(
      '"X-Home","/given"',
    );
  });
});

describe("evaluate", () => {
  const configuration = read(site);

  test("named and anonymous ACLs, operators and the client's address", () => {
    const request = new Request("http://www.example.com/a.png?x=1");
    expect(configuration.evaluate("is_image", request)).toBe(true);
    expect(configuration.evaluate("is_image is_local", request, { from: "127.1.2.3" })).toBe(true);
    expect(configuration.evaluate("is_image is_local", request, { from: "10.0.0.1" })).toBe(false);
    expect(configuration.evaluate("!is_image or { url_param(x) 1 }", request)).toBe(true);
    expect(configuration.evaluate("{ req.hdr(host) -m str WWW.example.com }", request)).toBe(false);
    expect(configuration.evaluate("{ nbsrv(app) eq 2 }", request)).toBe(true);
  });

  test("without a client's address a test of it fails", () => {
    expect(configuration.evaluate("is_local", new Request("http://a/"))).toBe(false);
  });

  test("a body is seen when it is given, as the bytes of its UTF-8 form", () => {
    const request = new Request("http://a/", { method: "POST", body: "x" });
    expect(configuration.evaluate("{ req.body -m found } { req.body -m sub x }", request)).toBe(
      false,
    );
    expect(configuration.evaluate("{ req.body,length eq 3 }", request, { body: "\u20ac" })).toBe(
      true,
    );
  });

  test("explain tells what was seen", () => {
    const trace = configuration.explain("is_image", new Request("http://a/b.gif"));
    expect(trace.holds).toBe(true);
    expect(trace.suites[0]!.terms[0]!.tests[0]!.values).toEqual([
      { value: "/b.gif", matched: true, pattern: ".gif", from: undefined },
    ]);
  });

  test("what is no condition, and no frontend, is refused", () => {
    const request = new Request("http://a/");
    expect(() => configuration.evaluate("is_imag", request)).toThrow(LangError);
    expect(() => configuration.evaluate('{ path "/ }', request)).toThrow(LangError);
    expect(() => configuration.evaluate("is_image", request, { frontend: "ftp" })).toThrow(
      FrontendError,
    );
    const from = "not an address";
    expect(() => configuration.evaluate("is_image", request, { from })).toThrow(SyntaxError);
  });
});

describe("decide", () => {
  test("the same question gets the same answer: no turn passes, nothing is counted", () => {
    const configuration = read(site);
    const servers = [1, 2, 3].map(() => {
      const decision = configuration.decide(new Request("http://a/"));
      return decision.outcome === "forward" && decision.server;
    });
    expect(servers).toEqual(["a1", "a1", "a1"]);
  });

  test("what a rule writes into a map is seen behind it and forgotten afterwards", () => {
    const configuration = read(`
frontend:
  www:
    http-request:
      - set-map(virt@seen) %[path] yes if { path /learn }
      - return status 200 if { path,map_str(virt@seen) -m found }
      - return status 404
`);
    const statusOf = (path: string) => {
      const decision = configuration.decide(new Request(`http://a${path}`));
      return decision.outcome === "reply" && decision.reply.status;
    };
    expect(statusOf("/learn")).toBe(200);
    expect(
      configuration.evaluate("{ path,map_str(virt@seen) -m found }", new Request("http://a/learn")),
    )
      .toBe(false);
    expect(statusOf("/other")).toBe(404);
    expect(statusOf("/learn")).toBe(200);
  });

  test("the request leaves as the rules made it", () => {
    const configuration = read(`
frontend:
  www:
    option: forwardfor
    http-request: [ "set-path /v2%[path]", "set-header X-Port %[dst_port]" ]
    default_backend: app
backend:
  app: { server: { a1: "127.0.0.1:9000" } }
`);
    const request = new Request("https://example.com/a?b", { headers: { "X-A": "1" } });
    const decision = configuration.decide(request, { from: "192.0.2.1" });
    if (decision.outcome !== "forward") throw new Error(decision.outcome);
    expect(decision.request.target).toBe("/v2/a?b");
    expect(decision.request.headers).toContainEqual(["Host", "example.com"]);
    expect(decision.request.headers).toContainEqual(["X-Port", "443"]);
    expect(decision.request.headers).toContainEqual(["X-Forwarded-For", "192.0.2.1"]);
  });

  test("several frontends: one has to be named", () => {
    const configuration = read(`
frontend:
  one: { http-request: "return status 201" }
  two: { http-request: "return status 202" }
`);
    const request = new Request("http://a/");
    expect(() => configuration.decide(request)).toThrow("Say which frontend: one, two");
    const decision = configuration.decide(request, { frontend: "two" });
    expect(decision.outcome === "reply" && decision.reply.status).toBe(202);
  });
});
