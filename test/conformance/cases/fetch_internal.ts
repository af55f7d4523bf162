import { type Case, each, expression, get } from "../case.ts";

const EVERYWHERE = [
  "always_true",
  "always_false",
  "bool(true)",
  "bool(0)",
  "int(5)",
  "int(-7)",
  "str(abc)",
  "ipv4(1.2.3.4)",
  "ipv6(2001:db8::1)",
  "meth(PUT)",
  "bin(414243)",
  "avg_queue(CASE_main)",
  "queue(CASE_main)",
  "nbsrv(CASE_main)",
  "be_conn(CASE_main)",
  "be_sess_rate(CASE_main)",
  "connslots(CASE_main)",
  "fe_conn(CASE)",
  "fe_sess_rate(CASE),bool",
  "fe_req_rate(CASE),bool",
  "srv_conn(CASE_main/o1)",
  "srv_is_up(CASE_main/o1)",
  "srv_queue(CASE_main/o1)",
  "srv_sess_rate(CASE_main/o1)",
  "env(NO_SUCH_VARIABLE_IS_SET)",
  "hostname,length,bool",
  "rand(1)",
  "stopping",
  "uuid,length",
  "uuid(4),length",
  "var(txn.never)",
  "wait_end",
  "date,bool",
  "date(0,ms),bool",
  "str(10.0.0.1),ipmask(8)",
];

const CONNECTION = [
  "src",
  "dst",
  "dst_port",
  "dst_conn",
  "fc_dst",
  "fc_dst_port",
  "fc_http_major",
  "fc_rcvd_proxy",
  "fc_src",
  "fe_id,bool",
  "fe_name",
  "so_id",
  "so_name",
  "src_is_local",
  "dst_is_local",
  "src_port,bool",
  "fc_src_port,bool",
];

const SET = "http-request set-var(txn.v) str(hello)";

/** Fetches that Debian's 2.6 has not. */
const NEWER = ["act_conn,bool", "pid,bool"];

export const fetchInternalCases: readonly Case[] = [
  ...NEWER.map((text) =>
    expression(text, get("/"), { beyondReference: "newer than 2.6", expect: { bodies: ["[1]"] } })
  ),
  ...EVERYWHERE.map((text) => expression(text, get("/"))),
  ...CONNECTION.map((text) => expression(text, get("/"))),
  expression("src", get("/"), { clients: [{ pieces: [get("/")], from: "127.0.0.77" }] }),
  expression("var(txn.v)", get("/"), { before: [SET] }),
  expression("var(txn.v,fallback)", get("/"), { before: [SET] }),
  expression("var(txn.none,fallback)", get("/")),
  expression("var(sess.count)", get("/"), {
    before: [
      "http-request set-var(sess.count) var(sess.count),add(1)",
      "http-request set-var(sess.count) int(1) unless { var(sess.count) -m found }",
    ],
    clients: each([get("/"), get("/"), get("/")]),
  }),
  expression("var(req.r)", get("/"), { before: ["http-request set-var(req.r) path,length"] }),
  expression("http_first_req", get("/"), { clients: each([get("/"), get("/")]) }),
  expression("acl(a)", [get("/a"), get("/b")], {
    before: ["acl a path /a"],
    beyondReference: "the acl fetch came with 2.8",
    expect: { bodies: ["[1]", "[0]"] },
  }),
  expression("acl(a,!b)", [get("/a?x"), get("/a")], {
    before: ["acl a path /a", "acl b query -m found"],
    beyondReference: "the acl fetch came with 2.8",
    expect: { bodies: ["[0]", "[1]"] },
  }),
  expression("unique-id", get("/u"), { before: ["unique-id-format %{+X}o%ci-%HP"] }),
  {
    name: "backend and server names are known to response rules",
    frontend: [
      'http-response set-header x-who "%[be_name]/%[srv_name]"',
      "http-response set-header x-fe %[fe_name]",
    ],
    clients: each(get("/")),
  },
  {
    name: "ids of proxies in a response rule",
    frontend: ['http-response set-header x-ids "%[fe_id,bool] %[be_id,bool] %[srv_id]"'],
    clients: each(get("/")),
  },
  {
    name: "bc_dst and bc_dst_port give the server's address to response rules",
    frontend: ['http-response set-header x-to "%[bc_dst]:%[bc_dst_port]"'],
    clients: each(get("/")),
  },
  {
    name: "srv_id counts servers of a backend from 1",
    frontend: [
      "http-response set-header x-id %[srv_id]",
      "http-response set-header x-srv-name %[srv_name]",
    ],
    backends: { main: ["balance roundrobin", "server first ORIGIN1", "server second ORIGIN2"] },
    clients: each(get("/1"), get("/2"), get("/3")),
  },
  {
    name: "nbsrv counts the servers that are not disabled",
    frontend: [
      'http-request return status 200 content-type text/plain lf-string "%[nbsrv(CASE_main)]"',
    ],
    backends: { main: ["server a ORIGIN1", "server b ORIGIN2 disabled", "server c ORIGIN3"] },
    clients: each(get("/")),
  },
];
