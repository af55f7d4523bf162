/** A faulty haproxy.cfg that the installed haproxy judges as well. */
export interface FaultyCase {
  readonly name: string;
  /** Lines behind {@link prelude}. */
  readonly text: string;
  readonly differs?: Difference;
}

/** What each side finds, where they differ: `error@9` for line 9, `@?` for none. */
export interface Difference {
  readonly haproxy: readonly string[];
  readonly sluice: readonly string[];
  readonly because: string;
}

/** Six lines, so that a case begins at line 7. */
export const prelude = `defaults
  mode http
  timeout client 1s
  timeout connect 1s
  timeout server 1s

`;

const www = "frontend www\n  bind 127.0.0.1:80\n";
const app = "backend app\n  server s1 127.0.0.1:1\n";

/** A case of lines in a frontend; they begin at line 9. */
function inFrontend(name: string, lines: string, differs?: Difference): FaultyCase {
  return whole(name, `${www}${lines}`, differs);
}

/** The same in a backend. */
function inBackend(name: string, lines: string, differs?: Difference): FaultyCase {
  return whole(name, `${app}${lines}`, differs);
}

/** The same in a section that has a name server. */
function inResolvers(name: string, lines: string, differs?: Difference): FaultyCase {
  return whole(name, `resolvers r\n  nameserver ns 127.0.0.1:53\n${lines}`, differs);
}

/** A case of whole sections, from line 7 on. */
function whole(name: string, text: string, differs?: Difference): FaultyCase {
  return { name, text: `${text}\n`, ...(differs ? { differs } : {}) };
}

function later(sluice: string, because: string, ...haproxy: string[]): Difference {
  return { haproxy, sluice: [sluice], because };
}

const emptyWords = later(
  "error@9",
  "2.6 cuts the line at the empty word; it is fatal in later versions",
  "warning@?",
);
const smallTimeout = later("warning@9", "2.6 does not look at how small a timeout is");
const byName: Difference = {
  haproxy: ["error@9"],
  sluice: [],
  because: "a name server's name is looked up when it is first asked",
};
const takenForZero = (line: number) =>
  later(`error@${line}`, "haproxy takes what is no number for 0, which helps nobody");

export const faultyCases: readonly FaultyCase[] = [
  inFrontend("unmatched double quote", '  acl a path "x'),
  inFrontend("unmatched single quote", "  acl a path 'x"),
  inFrontend("unmatched brace", '  acl a path "${A'),
  inFrontend("forbidden first character", '  acl a path "$1"'),
  inFrontend("truncated hexadecimal", "  acl a path \\x1"),
  inFrontend("invalid hexadecimal", "  acl a path \\xg1"),
  inFrontend("an empty word in the middle", '  acl a path "" /x', emptyWords),
  inFrontend("an unset variable", '  acl a path "$UNSET_VARIABLE" /x', emptyWords),
  inFrontend("65 words", `  acl a path ${Array.from({ length: 62 }, (_, i) => i).join(" ")}`),
  inFrontend("64 words", `  acl a path ${Array.from({ length: 61 }, (_, i) => i).join(" ")}`),
  inFrontend("an unknown keyword", "  bnd :81"),
  inFrontend("two unknown keywords", "  bnd :81\n\n  # x\n  bnd :82"),
  inFrontend("an unknown keyword behind a comment", "  acl a path /x#y\n  bnd"),
  inFrontend("an unknown option", "  option httplg"),
  inFrontend("option without a name", "  option"),
  inFrontend("an unknown timeout", "  timeout clint 1s"),
  inFrontend("timeout without a value", "  timeout client"),
  inFrontend("timeout with decimals", "  timeout client 1.5s"),
  inFrontend("timeout too long", "  timeout client 25d"),
  inFrontend("timeout with a strange unit", "  timeout client 1x"),
  inFrontend("timeout without unit", "  timeout client 30", smallTimeout),
  inFrontend("timeout of the other side", "  timeout connect 1s"),
  inFrontend("timeout with two values", "  timeout client 1s 2s"),
  inFrontend("unknown mode", "  mode htp"),
  inFrontend("mode without a value", "  mode"),
  inFrontend("mode with two values", "  mode http tcp"),
  inFrontend("maxconn that is no number", "  maxconn many", takenForZero(9)),
  inFrontend("maxconn without a number", "  maxconn"),
  inFrontend("acl with a bad name", "  acl a! path /x"),
  inFrontend("acl named or", "  acl or path /x"),
  inFrontend("acl without an expression", "  acl a"),
  inFrontend("acl with an unknown fetch", "  acl a pth /x"),
  inFrontend("acl with an unknown converter", "  acl a path,lowr /x"),
  inFrontend("acl with an unknown match method", "  acl a path -m bg /x"),
  inFrontend(
    "acl with two match methods",
    "  acl a path -m beg -m end /x",
    later("error@9", "2.6 takes the last of several methods"),
  ),
  inFrontend("acl with a bad number", "  acl a req.hdr_cnt(x) foo"),
  inFrontend("acl with a bad operator", "  acl a req.hdr_cnt(x) gr 3"),
  inFrontend("acl with a bad address", "  acl a src 1.2.3.4.5"),
  inFrontend("acl with a bad regular expression", "  acl a path_reg [a"),
  inFrontend("acl without patterns", "  acl a path"),
  inFrontend("acl with a missing argument", "  acl a req.hdr_cnt(x /x"),
  inFrontend("acl with too many arguments", "  acl a path(x,y) /x"),
  inFrontend("acl with a bad argument", "  acl a req.hdr(x,y) /x"),
  inFrontend("acl with a file that is not there", "  acl a path -f /nowhere/list"),
  inFrontend("rule with an unknown acl", "  http-request deny if nope"),
  inFrontend("rule with an acl declared below", "  http-request deny if a\n  acl a path /x"),
  inFrontend("rule with an unknown action", "  http-request dny"),
  inFrontend("rule without an action", "  http-request"),
  inFrontend("rule with a word for if", "  http-request deny when TRUE"),
  inFrontend("rule with and", "  http-request deny if TRUE and TRUE"),
  inFrontend("rule with a brace left open", "  http-request deny if { path /x"),
  inFrontend("rule with braces and nothing in them", "  http-request deny if { }"),
  inFrontend("rule with a bad status", "  http-request deny deny_status 42x"),
  inFrontend("rule with a bad format", "  http-request set-header X %[pth]"),
  inFrontend("rule with a format of the other phase", "  http-request set-header X %[status]"),
  inFrontend("rule with a missing value", "  http-request set-header X"),
  inFrontend("rule behind a final one", "  http-request deny\n  http-request allow"),
  inFrontend("rule behind a use_backend", `  use_backend app\n  http-request deny\n${app}`),
  inFrontend("condition of the other phase", "  http-request deny if { status 200 }"),
  inFrontend("redirect without a kind", "  redirect /x"),
  inFrontend("redirect with a bad code", "  redirect location /x code 300"),
  inFrontend("use_backend with an unknown acl", `  use_backend app if nope\n${app}`),
  inFrontend("use_backend without a name", "  use_backend"),
  inFrontend("default_backend without a name", "  default_backend"),
  inFrontend("default_backend that is not there", "  default_backend nope"),
  inFrontend("use_backend that is not there", "  use_backend nope if TRUE"),
  inFrontend("server in a frontend", "  server s1 127.0.0.1:1"),
  inFrontend("balance in a frontend", "  balance roundrobin"),
  inFrontend("bind without an address", "  bind"),
  inFrontend("bind with port 0", "  bind 127.0.0.1:0"),
  inFrontend("bind with a bad port", "  bind 127.0.0.1:http8"),
  inFrontend("bind without a port", "  bind 127.0.0.1"),
  inFrontend("bind with an unknown option", "  bind 127.0.0.1:81 nme x"),
  inFrontend("bind with an option without value", "  bind 127.0.0.1:81 name"),
  inFrontend("log-format with an unknown alias", "  log-format %zz"),
  inFrontend("log-format with two words", "  log-format %ci %cp"),
  inFrontend("log without a facility", "  log 127.0.0.1"),
  inFrontend("log with a bad facility", "  log 127.0.0.1 locl0"),
  inFrontend("capture without a length", "  capture request header X"),
  inFrontend("errorfile with a bad status", "  errorfile 999 /dev/null"),
  inFrontend("errorfile that is not there", "  errorfile 503 /nowhere/503.http"),
  inFrontend("no before a keyword", "  no bind"),
  inFrontend("no before an option that has no opposite", "  no option httplog"),
  inFrontend("no before option tcpka", "  no option tcpka"),
  inFrontend("clitcpka-cnt without a number", "  clitcpka-cnt"),
  inFrontend("clitcpka-cnt that is no number", "  clitcpka-cnt x"),
  inFrontend("clitcpka-idle that is no time", "  clitcpka-idle x"),
  inFrontend("srvtcpka-intvl in a frontend", "  srvtcpka-intvl 3"),
  inFrontend("rate-limit without a number", "  rate-limit sessions"),
  inFrontend("rate-limit that is no number", "  rate-limit sessions x"),
  inFrontend("rate-limit of something else", "  rate-limit requests 3"),
  inBackend("rate-limit in a backend", "  rate-limit sessions 3"),
  inFrontend("no before rate-limit", "  no rate-limit sessions 3"),
  inFrontend("http-restrict-req-hdr-names of nothing", "  option http-restrict-req-hdr-names"),
  inFrontend("http-restrict-req-hdr-names to keep", "  option http-restrict-req-hdr-names keep"),
  inFrontend("no http-restrict-req-hdr-names", "  no option http-restrict-req-hdr-names reject"),
  inFrontend("setenv in a frontend", "  setenv A b"),
  inBackend("balance with an unknown algorithm", "  balance fastest"),
  inBackend("server without an address", "  server s2"),
  inBackend("server without a name", "  server"),
  inBackend("server with a bad address", "  server s2 127.0.0.1:x"),
  inBackend("server with an unknown option", "  server s2 127.0.0.1:1 chck"),
  inBackend("server with a bad weight", "  server s2 127.0.0.1:1 weight 300"),
  inBackend(
    "server with an option without value",
    "  server s2 127.0.0.1:1 weight",
    takenForZero(9),
  ),
  inBackend("server declared twice", "  server s1 127.0.0.1:2"),
  inBackend("use-server that is not there", "  use-server nope if TRUE"),
  inBackend("bind in a backend", "  bind :81"),
  inBackend("use_backend in a backend", "  use_backend app if TRUE", {
    haproxy: ["warning@9", "error@?"],
    sluice: ["warning@9"],
    because: "haproxy says that it ignores the rule, and then follows it into a loop",
  }),
  inBackend("retries that are no number", "  retries many", takenForZero(9)),
  inBackend("http-check with an unknown rule", "  http-check expct status 200"),
  inBackend("option httpchk with too many words", "  option httpchk GET / HTTP/1.1 x y z"),
  inBackend("timeout that is suspiciously small", "  timeout server 5", smallTimeout),
  whole("an unknown section", "frontnd www"),
  whole("frontend without a name", "frontend"),
  whole("frontend with two names", `frontend www www2\n  bind 127.0.0.1:80`, {
    haproxy: ["error@7", "error@8"],
    sluice: ["error@7"],
    because: "haproxy drops the section, and misses it for the lines below",
  }),
  whole("frontend with a bad name", "frontend w!w\n  bind 127.0.0.1:80"),
  whole("two frontends of one name", `${www}${www}`),
  whole("two backends of one name", `${app}${app}`),
  whole("frontend and backend of one name", `${www}backend www`),
  whole("listen and frontend of one name", `listen www\n  bind 127.0.0.1:80\n${www}`),
  whole("frontend without bind", "frontend www"),
  whole("from an unknown defaults", "frontend www from nope\n  bind 127.0.0.1:80"),
  whole("from a defaults that exists twice", `defaults d\n  mode http\ndefaults d\n  mode http\n`),
  whole("acl in anonymous defaults", "defaults\n  acl a path /x"),
  whole("rule in anonymous defaults", "defaults\n  http-request deny"),
  whole("bind in defaults", "defaults\n  bind :80"),
  whole("server in defaults", "defaults\n  server s1 127.0.0.1:1"),
  whole("global with an argument", "global x"),
  whole("global maxconn that is no number", "global\n  maxconn many", takenForZero(8)),
  whole("global with an unknown keyword", "global\n  maxcon 3"),
  whole("setenv without a value", "global\n  setenv A"),
  whole("unsetenv without a name", "global\n  unsetenv"),
  whole("userlist with an unknown keyword", "userlist u\n  usr a"),
  whole("userlist user without password", "userlist u\n  user a"),
  whole("user of an unknown group", "userlist u\n  user a insecure-password b groups g"),
  whole("userlist without a name", "userlist"),
  inFrontend(
    "http_auth with an unknown userlist",
    "  http-request auth unless { http_auth(nope) }",
  ),
  inResolvers("nameserver without an address", "  nameserver a"),
  inResolvers("nameserver without a port", "  nameserver a 127.0.0.1"),
  inResolvers("nameserver on port 0", "  nameserver a 127.0.0.1:0"),
  inResolvers("nameserver on a range of ports", "  nameserver a 127.0.0.1:53-54"),
  inResolvers("nameserver with a name that is none", "  nameserver a host.invalid:53", byName),
  inResolvers("two nameservers of one name", "  nameserver ns 127.0.0.1:54"),
  inResolvers(
    "nameservers over UDP and TCP",
    "  nameserver a udp@[::1]:53\n  nameserver b tcp@127.0.0.1:53",
  ),
  inResolvers("accepted_payload_size without a size", "  accepted_payload_size"),
  inResolvers("accepted_payload_size too large", "  accepted_payload_size 65536"),
  inResolvers("accepted_payload_size too small", "  accepted_payload_size 11"),
  inResolvers("accepted_payload_size that is no number", "  accepted_payload_size x"),
  inResolvers("resolve_retries without a number", "  resolve_retries"),
  inResolvers("resolve_retries that is no number", "  resolve_retries x", takenForZero(9)),
  inResolvers("hold without a time", "  hold nx", {
    haproxy: ["error@9", "error@?"],
    sluice: ["error@9"],
    because: "haproxy's message is of two lines",
  }),
  inResolvers("hold of an unknown status", "  hold nothing 3s"),
  inResolvers("hold with a bad time", "  hold nx 3x"),
  inResolvers(
    "hold of every status",
    "  hold nx 0\n  hold refused 1\n  hold timeout 1s\n  hold other 1m\n  hold valid 1h\n  hold obsolete 1d",
  ),
  inResolvers("timeout of resolvers without a time", "  timeout retry"),
  inResolvers("unknown timeout of resolvers", "  timeout server 1s"),
  inResolvers("timeout of resolvers that is too long", "  timeout resolve 99999999999"),
  inResolvers("unknown keyword of resolvers", "  servers a"),
  inResolvers("no parse-resolv-conf", "  no parse-resolv-conf"),
  inResolvers("two resolvers of one name", "resolvers r\n  nameserver ns 127.0.0.1:53"),
  inResolvers("resolvers without a name", "resolvers"),
  inResolvers("resolvers with a bad name", "resolvers a@b"),
  inResolvers("resolvers without a nameserver", "resolvers empty"),
  inFrontend("do-resolve with unknown resolvers", "  http-request do-resolve(txn.a,nope) src"),
  inFrontend("do-resolve without resolvers", "  http-request do-resolve(txn.a) src"),
  inFrontend("do-resolve without parentheses", "  http-request do-resolve src"),
  inFrontend(
    "do-resolve with an unknown family",
    "  http-request do-resolve(txn.a,default,ipv5) src",
  ),
  inFrontend("do-resolve without an expression", "  http-request do-resolve(txn.a,default)"),
  inFrontend(
    "do-resolve with the system's resolvers",
    "  http-request do-resolve(txn.a,default,ipv4) src",
  ),
  inFrontend(
    "do-resolve of what the response has",
    "  http-request do-resolve(txn.a,default) res.hdr(a)",
  ),
  inFrontend(
    "do-resolve in tcp-request connection",
    "  tcp-request connection do-resolve(txn.a,default) src",
  ),
  inFrontend("do-resolve in http-response", "  http-response do-resolve(txn.a,default) src"),
  inBackend("server with unknown resolvers", "  server s2 127.0.0.1:1 resolvers nope"),
  inBackend("server with the system's resolvers", "  server s2 127.0.0.1:1 resolvers default"),
  inBackend("resolve-prefer of an unknown family", "  server s2 127.0.0.1:1 resolve-prefer ipv5"),
  inBackend(
    "resolve-net of what is no network",
    "  server s2 127.0.0.1:1 resolve-net 10.0.0.0/8,x",
  ),
  inBackend(
    "resolve-net of six networks",
    "  server s2 127.0.0.1:1 resolve-net 1.0.0.0/8,2.0.0.0/8,3.0.0.0/8,4.0.0.0/8,5.0.0.0/8,6.0.0.0/8",
  ),
  inBackend("unknown resolve-opts", "  server s2 127.0.0.1:1 resolve-opts allow-dup-ip,x"),
  inBackend(
    "every resolve-opts",
    "  server s2 127.0.0.1:1 resolve-opts allow-dup-ip,ignore-weight,prevent-dup-ip",
  ),
  inBackend("server on port 0", "  server s2 0.0.0.0:0"),
  whole(".elif without .if", ".elif 1"),
  whole(".else without .if", ".else"),
  whole(".endif without .if", ".endif"),
  whole(".if without .endif", ".if 1"),
  whole(".if with a bad condition", ".if tru\n  bnd\n.endif\n  bnd"),
  whole(".else twice", ".if 1\n.else\n.else\n.endif"),
  whole(".elif behind .else", ".if 1\n.else\n.elif 1\n.endif"),
  whole(".endif with an argument", ".if 1\n.endif 1"),
  whole("faults in a branch that is not taken", ".if 0\n  bnd\n  .foo\n  .alert x\n.endif"),
  whole("bad words in a branch that is not taken", '.if 0\n  acl "x\n.endif'),
  whole(".alert", `.alert "no"\n${www}  bnd`),
  whole(".warning", `.warning "mind"`),
  whole(".notice", `.notice "mind"`),
  whole("a message of two words", ".warning one two"),
  whole("an unknown directive", ".foo"),
];
