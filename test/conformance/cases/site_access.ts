import { answer, type Case, each, get, request } from "../case.ts";
import { basic } from "./site_words.ts";

const origins = "^https://([a-z0-9-]+\\.)?example\\.com$";

export const security: readonly Case[] = [
  {
    name: "site: basic authentication by groups",
    sections: {
      "userlist CASE_users": [
        "group admins users ann",
        "group readers users ann,bob",
        "user ann insecure-password secret",
        "user bob password $5$k6fPBsNS$Q.JFGRkMbXXMvXjCkoaIt4I2VT0yQ1j3hPvUpxQXq/1",
        "user cid insecure-password third",
      ],
    },
    frontend: [
      "acl known http_auth(CASE_users)",
      "acl is_admin http_auth_group(CASE_users) admins",
      "http-request auth realm Members unless known",
      "http-request deny if { path_beg /admin } !is_admin",
      "http-request set-header X-User %[req.hdr(authorization),word(2,\\ ),b64dec,field(1,:)]",
      "http-request del-header Authorization",
    ],
    clients: each(
      get("/"),
      get("/", basic("ann", "secret")),
      get("/admin/x", basic("ann", "secret")),
      get("/admin/x", basic("cid", "third")),
      get("/", basic("ann", "wrong")),
      get("/", "Authorization: Basic ???"),
    ),
  },
  {
    name: "site: who may come in, and how",
    files: { bots: "badbot\nevilcrawler\n" },
    frontend: [
      "acl bot req.hdr(user-agent) -i -m sub -f FILE(bots)",
      "acl safe_method method GET HEAD POST OPTIONS",
      "acl traversal path_sub -i ../ %2e%2e",
      "http-request deny deny_status 405 unless safe_method",
      "http-request deny if bot or traversal",
      "http-request deny deny_status 400 if { req.hdr_cnt(host) gt 1 }",
      "http-request deny deny_status 413 if { req.hdr_val(content-length) gt 100 }",
    ],
    clients: each(
      get("/", "User-Agent: Mozilla BadBot/1.0"),
      get("/a/%2E%2E/b"),
      request("DELETE", "/"),
      request("POST", "/", [], "x".repeat(200)),
      get("/", "User-Agent: Mozilla"),
    ),
  },
  {
    name: "site: tarpit for the impatient",
    frontend: ["timeout tarpit 100ms", "http-request tarpit deny_status 429 if { hdr(x-rude) 1 }"],
    clients: each(get("/", "X-Rude: 1"), get("/")),
  },
  {
    name: "site: an address list with exceptions",
    files: { blocked: "127.0.0.64/26\n192.0.2.0/24\n" },
    frontend: [
      "acl blocked src -f FILE(blocked)",
      "acl friend src 127.0.0.66",
      "http-request deny if blocked !friend",
    ],
    clients: ["127.0.0.65", "127.0.0.66", "127.0.0.2"].map((from) => ({
      pieces: [get("/")],
      from,
    })),
  },
  {
    name: "site: a token in the body, which is waited for",
    frontend: [
      "option http-buffer-request",
      "acl has_token req.body -m sub token=secret",
      "http-request deny unless has_token",
    ],
    clients: [
      { pieces: [request("POST", "/", [], "a=1&token=secret")] },
      { pieces: [request("POST", "/", [], "a=1&token=guess")] },
      {
        pieces: [
          request("POST", "/", ["Content-Length: 16"]),
          "a=1&token",
          "=secret",
        ],
        methods: ["POST"],
      },
    ],
  },
];

export const cors: readonly Case[] = [
  {
    name: "site: CORS with a list of origins",
    frontend: [
      `acl allowed req.hdr(origin) -m reg ${origins}`,
      "acl preflight method OPTIONS",
      "http-request set-var(txn.origin) req.hdr(origin) if allowed",
      "http-request return status 204 hdr Access-Control-Allow-Origin %[var(txn.origin)] " +
      'hdr Access-Control-Allow-Methods "GET, POST" hdr Access-Control-Max-Age 600 ' +
      "if preflight allowed { req.hdr(access-control-request-method) -m found }",
      "http-request deny if preflight",
      "http-response set-header Access-Control-Allow-Origin %[var(txn.origin)] " +
      "if { var(txn.origin) -m found }",
      "http-response add-header Vary Origin",
    ],
    clients: each(
      request("OPTIONS", "/", [
        "Origin: https://app.example.com",
        "Access-Control-Request-Method: POST",
      ]),
      request("OPTIONS", "/", [
        "Origin: https://evil.example.net",
        "Access-Control-Request-Method: POST",
      ]),
      get("/", "Origin: https://example.com"),
      get("/", "Origin: https://example.com.evil.net"),
      get("/"),
    ),
    answers: { o1: [answer("200 OK", ["Vary: Accept-Encoding"], "data")] },
  },
  {
    name: "site: headers that browsers ask for, on every answer",
    frontend: [
      'http-after-response set-header Strict-Transport-Security "max-age=31536000; includeSubDomains"',
      "http-after-response set-header X-Content-Type-Options nosniff",
      "http-after-response del-header Server",
      "http-after-response del-header x-powered-by",
      "http-request deny if { path /no }",
    ],
    clients: each(get("/"), get("/no")),
    answers: { o1: [answer("200 OK", ["Server: apache", "X-Powered-By: PHP"], "x")] },
  },
];
