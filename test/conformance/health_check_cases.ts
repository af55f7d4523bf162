import type { Socket } from "node:net";

/** What a checked server does with a connection. */
export type Behaviour = (socket: Socket) => void;

const page = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-List: a, b;c\r\nX-Role: leader\r\n\r\nbody";

function answering(...answers: (string | Buffer)[]): Behaviour {
  return (socket) =>
    void socket.on("data", () => {
      const answer = answers.shift();
      if (answer !== undefined) socket.write(answer);
    });
}

function greeting(first: string | Buffer, ...answers: (string | Buffer)[]): Behaviour {
  return (socket) => {
    socket.write(first);
    answering(...answers)(socket);
  };
}

/** A MySQL packet: its length in three bytes, its number, its bytes. */
function packet(number: number, bytes: string): Buffer {
  const head = Buffer.from([bytes.length & 255, bytes.length >> 8, 0, number]);
  return Buffer.concat([head, Buffer.from(bytes, "latin1")]);
}

const mysqlGreeting = packet(0, "\x0a5.7.30-log\0" + "x".repeat(40));

/** Made anew for each connection: some count what they were asked. */
export const behaviours: Readonly<Record<string, () => Behaviour>> = {
  refused: () => () => {},
  silent: () => () => {},
  banner: () => (socket) => void socket.write("+OK hello\r\n"),
  close: () => (socket) => void socket.end(),
  half: () => (socket) => void socket.end("+OK hel"),
  echo: () => (socket) => void socket.on("data", (bytes) => socket.write(bytes)),
  reset: () => (socket) => void socket.once("data", () => socket.resetAndDestroy()),
  page: () => answering(page),
  missing: () => answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
  garbage: () => answering("garbage\r\n\r\n"),
  pong: () => answering("+PONG\r\n"),
  noauth: () => answering("-NOAUTH Authentication required.\r\n"),
  mail: () => greeting("220 mail ESMTP\r\n", "250-mail\r\n250 SIZE\r\n", "221   bye\r\nmore"),
  mailRefuses: () => greeting("554   go away\r\n"),
  postgresOk: () => answering(Buffer.from("520000000800000000", "hex")),
  postgresSasl: () => answering(Buffer.from("52000000170000000a", "hex")),
  postgresError: () => answering("E\0\0\0\x20SFATAL\0C28000\0Mno such role\0\0"),
  mysql: () => greeting(mysqlGreeting, packet(2, "\0\0\0\x02\0\0\0")),
  mysqlDenies: () => greeting(mysqlGreeting, packet(2, "\xff\x15\x04#28000Access denied")),
  mysqlBlocks: () => greeting(packet(0, "\xff\x6a\x04Host is blocked")),
  ldap: () => answering(Buffer.from("300c02010161070a010004000400", "hex")),
  ldapDenies: () => answering(Buffer.from("300c02010161070a013104000400", "hex")),
  ssl: () => answering(Buffer.from("1603000002abcd", "hex")),
};

export interface CheckCase {
  readonly name: string;
  /** Which of {@link behaviours} the server shows. */
  readonly server: keyof typeof behaviours;
  /** Lines of the backend; `PORT(behaviour)` is another server's port. */
  readonly lines: readonly string[];
  /** Behind the server's address. */
  readonly options?: string;
  /** Lines of the defaults that the backend starts from. */
  readonly defaults?: readonly string[];
  /** What HAProxy 3.5 says where Debian's says otherwise. */
  readonly newer?: string;
}

let count = 0;

function tcp(server: CheckCase["server"], ...rules: readonly string[]): CheckCase {
  const lines = ["option tcp-check", ...rules.map((rule) => `tcp-check ${rule}`)];
  return { name: `tcp${++count}`, server, lines };
}

function http(server: CheckCase["server"], ...rules: readonly string[]): CheckCase {
  const lines = ["option httpchk GET /", ...rules.map((rule) => `http-check ${rule}`)];
  return { name: `http${++count}`, server, lines };
}

function built(server: CheckCase["server"], option: string): CheckCase {
  return { name: `built${++count}`, server, lines: [`option ${option}`] };
}

const tcpCases: readonly CheckCase[] = [
  { name: "plain", server: "banner", lines: [] },
  { name: "plain_refused", server: "refused", lines: [] },
  tcp("banner"),
  tcp("refused"),
  tcp("banner", "connect"),
  tcp("refused", "connect"),
  tcp("banner", 'connect port PORT(refused) comment "c c"'),
  tcp("banner", "expect string +OK"),
  tcp("banner", "expect string NOPE"),
  tcp("banner", "expect string NOPE min-recv 0"),
  tcp("banner", "comment look", "expect string NOPE min-recv 0"),
  tcp("banner", "expect ! string hello"),
  tcp("banner", "expect !!string hello"),
  tcp("banner", "expect !string zzz"),
  tcp("banner", "expect !string zzz min-recv 5"),
  tcp("banner", "expect rstring ^.OK."),
  tcp("banner", "expect min-recv 2 rstring ^X"),
  tcp("banner", "expect binary 2b4f4b"),
  tcp("banner", "expect binary 2b4f4c min-recv 0"),
  tcp("banner", "expect rbinary ^2B4F4B"),
  tcp("banner", "expect rbinary ^2b4f4b min-recv 3"),
  tcp("close", "expect string A comment emp"),
  tcp("close", "expect string A error-status L6RSP"),
  tcp("half", 'expect string "+OK hello"'),
  tcp("half", 'expect string "+OK hel"'),
  tcp("silent", 'send "PING\\r\\n"', 'expect string +PONG comment "the pong"'),
  {
    ...tcp("silent", "expect binary 2b50 tout-status L4TOUT"),
    newer: 'failed, reason: Layer4 timeout, info: " at step 1 of tcp-check (expect binary ' +
      "'2B50')\", check duration: N, status: 0/2 DOWN.",
  },
  tcp("silent", "connect", "expect rbinary ^2b50 tout-status L6TOUT"),
  tcp("silent", 'expect string-lf "%[str(x)]"'),
  tcp("silent", 'expect binary-lf "%[str(x),hex]"'),
  tcp("reset", "send hello", "expect string A"),
  tcp(
    "echo",
    "send-binary 414243",
    "expect string ABC ok-status L6OK",
    'send-lf "%[str(xyz)]\\r\\n"',
    'expect string-lf "%[str(xyz)]"',
    'send-binary-lf "%[str(q),hex]"',
    'expect binary-lf "%[str(q),hex]" on-success "all %[str(good)]"',
  ),
  tcp(
    "echo",
    "set-var(check.a) str(abc)",
    'set-var-fmt(check.b) "x%[var(check.a)]y"',
    'send-lf "%[var(check.b)]"',
    "expect string xabcy status-code int(12)",
  ),
  tcp(
    "echo",
    "set-var(check.a) str(abc)",
    "unset-var(check.a)",
    'send-lf "(%[var(check.a)])"',
    'expect string (abc) min-recv 2 on-error "lost" status-code int(7) error-status L7STS',
  ),
  tcp("banner", 'expect string-lf "%[str()]"'),
  tcp("echo", "send A"),
  tcp("echo", 'send-binary-lf "%[str(xyz)]"'),
  tcp(
    "banner",
    "connect",
    "expect string +OK",
    "connect port PORT(echo)",
    "send hi",
    "expect string hi",
  ),
  tcp("banner", "connect", "expect string +OK", "connect port PORT(refused)"),
  tcp("refused", "connect addr 127.0.0.1 port PORT(banner)", "expect string +OK"),
  tcp("refused", "connect addr 127.0.0.1:PORT(banner) linger", "expect string +OK"),
  tcp(
    "refused",
    "set-var(check.port) int(PORT(banner))",
    "connect port var(check.port)",
    "expect string +OK",
  ),
  tcp("banner", "expect string NO min-recv 0 error-status L7OKC"),
  tcp("banner", "expect string +OK ok-status L4OK"),
  tcp("banner", "expect ! string ERR", "expect string hello"),
  tcp("banner", "expect ! string ERR min-recv 1", "expect string hello"),
];

const builtCases: readonly CheckCase[] = [
  built("pong", "redis-check"),
  built("noauth", "redis-check"),
  built("silent", "redis-check"),
  built("refused", "redis-check"),
  built("mail", "smtpchk"),
  built("mail", "smtpchk EHLO me.example"),
  built("mail", "smtpchk WHAT me.example"),
  built("mailRefuses", "smtpchk"),
  built("banner", "smtpchk"),
  built("postgresOk", "pgsql-check user joe"),
  built("postgresSasl", "pgsql-check user joe"),
  built("postgresError", "pgsql-check user joe"),
  built("banner", "pgsql-check user joe"),
  built("mysql", "mysql-check"),
  built("mysql", "mysql-check user joe"),
  built("mysql", "mysql-check user joe pre-41"),
  built("mysqlDenies", "mysql-check user joe"),
  built("mysqlBlocks", "mysql-check user joe"),
  built("close", "mysql-check user joe"),
  built("ldap", "ldap-check"),
  built("ldapDenies", "ldap-check"),
  built("half", "ldap-check"),
  built("ssl", "ssl-hello-chk"),
  built("banner", "ssl-hello-chk"),
  built("silent", "ssl-hello-chk"),
];

const httpCases: readonly CheckCase[] = [
  http("page"),
  http("missing"),
  http("garbage"),
  http("silent"),
  http("refused"),
  http("missing", "disable-on-404"),
  http("page", "expect status 200,201"),
  http("page", "expect status 204 comment look"),
  http("page", "expect ! rstatus ^2 on-error bad"),
  http("page", "expect status 200 on-success fine status-code int(3)"),
  http("page", "expect string body ok-status L7OKC"),
  http("page", "expect string nobody"),
  http("page", "expect ! string body error-status L7STS"),
  http("page", 'expect string-lf "%[str(bod)]"'),
  http("page", "expect rstring ^b.d"),
  http("page", "expect hdr name x-role value leader"),
  http("page", "expect hdr name x-role value follower"),
  http("page", "expect hdr name -m beg X-Ro value -m sub ead"),
  http("page", "expect hdr name -m reg ^X-R value -m reg ^l"),
  http("page", "expect hdr name -m end list value b;c"),
  http("page", 'expect fhdr name x-list value "a, b;c"'),
  http("page", "expect fhdr name x-list value a"),
  http("page", "expect hdr name x-none"),
  http("page", "expect ! hdr name x-none"),
  http("page", 'expect hdr name-lf "x-%[str(role)]" value-lf "%[str(leader)]"'),
  http("page", "expect status 200", "expect string body"),
  http(
    "page",
    "connect",
    "send meth GET uri /a",
    "expect status 200",
    "connect port PORT(missing)",
    "send meth GET uri /b hdr x-y z",
    "expect status 404",
  ),
  http("page", "connect port PORT(refused)", "send meth GET uri /", "expect status 200"),
  http(
    "page",
    "set-var(check.u) str(/there)",
    'send meth HEAD uri-lf "%[var(check.u)]" hdr x-a "%[var(check.u)]" body-lf "b%[int(1)]"',
  ),
];

function announced(options: string, ...rules: readonly string[]): CheckCase {
  const one = rules.length > 0 ? tcp("echo", ...rules) : http("page");
  return { ...one, options };
}

const announcedCases: readonly CheckCase[] = [
  announced("send-proxy"),
  announced("send-proxy-v2"),
  announced("send-proxy-v2 proxy-v2-options crc32c,unique-id,authority"),
  announced("check-send-proxy"),
  announced("send-proxy addr 127.0.0.1"),
  announced("send-proxy-v2 addr 127.0.0.1 check-send-proxy"),
  announced("send-proxy", "send hi", "expect string hi"),
  announced("send-proxy", "connect", "send hi", "expect string hi"),
  announced("send-proxy", "connect default", "send hi", "expect string hi"),
  announced("send-proxy-v2", "connect send-proxy", "send hi", "expect string hi"),
  announced("", "connect send-proxy", "send hi", "expect string hi"),
];

/** `option httpchk` with these words. */
function request(words: string): CheckCase {
  return { name: `request${++count}`, server: "page", lines: [`option httpchk ${words}`] };
}

const requestCases: readonly CheckCase[] = [
  ...["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "FOO", "post"].map((method) =>
    request(`${method} /a`)
  ),
  request("/only"),
  request("GET /a HTTP/1.1"),
];

function inherited(defaults: readonly string[], ...lines: readonly string[]): CheckCase {
  return { name: `inherited${++count}`, server: "page", defaults, lines };
}

const httpDefaults = [
  "option httpchk GET /d",
  "http-check send hdr x-d 1",
  "http-check expect status 404",
];
const tcpDefaults = [
  "option tcp-check",
  "tcp-check send DEFAULT",
  "tcp-check expect string nope min-recv 0",
];

const inheritedCases: readonly CheckCase[] = [
  inherited(httpDefaults),
  inherited(httpDefaults, "http-check send meth GET uri /own"),
  inherited(httpDefaults, "option httpchk GET /own"),
  inherited(httpDefaults, "option tcp-check", "tcp-check send a", "tcp-check expect string OK"),
  inherited(["option httpchk GET /d"], "http-check send uri /own"),
  inherited(["http-check expect status 404"], "option httpchk GET /own"),
  inherited(tcpDefaults),
  inherited(tcpDefaults, "option tcp-check"),
  inherited(tcpDefaults, "tcp-check send own", "tcp-check expect string OK"),
  inherited(tcpDefaults, "option httpchk GET /own"),
  inherited(tcpDefaults.slice(1), "option tcp-check"),
  inherited(tcpDefaults, "option redis-check"),
];

export const checkCases: readonly CheckCase[] = [
  ...announcedCases,
  ...requestCases,
  ...inheritedCases,
  ...tcpCases,
  ...builtCases,
  ...httpCases,
];
