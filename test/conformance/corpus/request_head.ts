import { type Entry, raw, withFields } from "./entry.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n";
const code = (n: number): string => `0x${n.toString(16).padStart(2, "0")}`;

const CONTROLS = [0x00, 0x01, 0x07, 0x08, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0xa0, 0xff];
const NAME_BYTES = " \t\"(),/:;<=>?@[\\]{}!#$%&'*+-.^_`|~".split("");

const LINE_ENDS: Readonly<Record<string, string>> = {
  "bare LF everywhere": "GET / HTTP/1.1\nHost: a.example\n\n",
  "bare LF behind the start line": "GET / HTTP/1.1\nHost: a.example\r\n\r\n",
  "bare LF behind a field": "GET / HTTP/1.1\r\nHost: a.example\n\r\n",
  "bare LF as the empty line": "GET / HTTP/1.1\r\nHost: a.example\r\n\n",
  "bare CR behind the start line": "GET / HTTP/1.1\rHost: a.example\r\n\r\n",
  "bare CR behind a field": "GET / HTTP/1.1\r\nHost: a.example\rX: y\r\n\r\n",
  "bare CR as the empty line": "GET / HTTP/1.1\r\nHost: a.example\r\n\rGET",
  "two CR before LF": "GET / HTTP/1.1\r\nHost: a.example\r\r\n\r\n",
  "CR in a value": "GET / HTTP/1.1\r\nHost: a.example\r\nX: a\rb\r\n\r\n",
  "CR before the colon": "GET / HTTP/1.1\r\nHost: a.example\r\nX\r: b\r\n\r\n",
  "one empty line before": "\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
  "many empty lines before": "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
  "bare LF lines before": "\n\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
  "blank before the start line": " GET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
  "CR alone before": "\rGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
  "folded value": `${GET}X-F: a\r\n b\r\n\r\n`,
  "folded value with a tab": `${GET}X-F: a\r\n\tb\r\n\r\n`,
  "folded value in several lines": `${GET}X-F: a\r\n b\r\n  c\r\n d\r\n\r\n`,
  "folded value behind bare LF": `${GET}X-F: a\n b\r\n\r\n`,
  "folded empty value": `${GET}X-F:\r\n b\r\n\r\n`,
  "fold of nothing but blanks": `${GET}X-F: a\r\n  \r\nX-G: c\r\n\r\n`,
  "folded first field": "GET / HTTP/1.1\r\n Host: a.example\r\n\r\n",
  "folded Host": "GET / HTTP/1.1\r\nHost:\r\n a.example\r\n\r\n",
  "Host folded in the middle": "GET / HTTP/1.1\r\nHost: a\r\n .example\r\n\r\n",
  "line of blanks before the end": `${GET}   \r\n\r\n`,
};

const FIELDS: readonly (readonly [name: string, ...lines: string[]])[] = [
  ["no colon", "nocolon"],
  ["empty name", ": value"],
  ["blank before the colon", "X : y"],
  ["tab before the colon", "X\t: y"],
  ["blank in the name", "X Y: z"],
  ["leading blank", " X: y"],
  ["no blank behind the colon", "X:y"],
  ["many blanks around the value", "X:   y   "],
  ["tabs around the value", "X:\ty\t"],
  ["inner blanks stay", "X: a  b \t c"],
  ["empty value", "X:"],
  ["blank value", "X:   "],
  ["repeated fields stay apart", "X: 1", "Y: 2", "X: 3"],
  ["repeated equal fields", "X: 1", "X: 1"],
  ["mixed case", "x-MiXeD: CaSe"],
  ["comma list stays a line", "X: a, b,,c"],
  ["colon in the value", "X: a:b::c"],
  ["quotes in the value", 'X: "a, b" c'],
  ["long value", `X: ${"v".repeat(4000)}`],
  ["many fields", ...Array.from({ length: 60 }, (_, n) => `X-${n}: ${n}`)],
  ["cookie lines stay apart", "Cookie: a=1", "Cookie: b=2"],
  ["empty Host beside", "X-Host:"],
  ["utf-8 value", "X: \xc3\xa9\xe2\x82\xac"],
  ["utf-8 name", "X\xc3\xa9: y"],
  ["name of 255 bytes", `${"n".repeat(255)}: v`],
  ["name of digits", "123: v"],
  ["pseudo field", ":authority: x"],
  ["name that starts with a dash", "-x: y"],
  ["unknown Proxy field", "Proxy: http://x"],
  ["null-like value", "X: \\0"],
];

const METHODS = [
  "GET",
  "get",
  "G",
  "PROPFIND",
  "M-SEARCH",
  "BREW",
  "A".repeat(64),
  "G@T",
  "G(T",
  "GÉT".replace("É", "\xc9"),
  "GET\t",
  "PRI",
  "1GET",
  "!#$%&'*+-.^_`|~",
  "G:T",
  '"GET"',
  "GE\x00T",
  "{GET}",
  "CUSTOM_METHOD",
];

const VERSIONS = [
  "HTTP/1.1",
  "HTTP/1.0",
  "HTTP/1.2",
  "HTTP/1.9",
  "HTTP/2.0",
  "HTTP/3.0",
  "HTTP/0.9",
  "HTTP/4.0",
  "HTTP/1.10",
  "HTTP/01.1",
  "HTTP/1",
  "HTTP/1.",
  "HTTP/.1",
  "HTTP/11",
  "http/1.1",
  "Http/1.1",
  "HTTP 1.1",
  "HTTP/1.1 ",
  "HTTP/1.1x",
  "HTTP/1,1",
  "HTTPS/1.1",
  "ICY/1.0",
  "RTSP/1.0",
  "HTTP/-1.1",
  "HTTP/1.1 extra",
  "HTTP/A.B",
  "/1.1",
  "",
];

const START_LINES: readonly string[] = [
  "GET",
  "GET ",
  "GET /",
  "GET  ",
  "/ HTTP/1.1",
  "GET  / HTTP/1.1",
  "GET /  HTTP/1.1",
  "GET\t/\tHTTP/1.1",
  "GET / HTTP/1.1\t",
  "GET / / HTTP/1.1",
  "GET /a b HTTP/1.1",
  "GET HTTP/1.1",
  "POST / HTTP/1.1 HTTP/1.1",
  "GET\x0b/ HTTP/1.1",
  "GET\xa0/ HTTP/1.1",
  "GET/ HTTP/1.1",
];

export const headRequests: readonly Entry[] = [
  ...Object.entries(LINE_ENDS).map(([name, text]) =>
    raw(`line ends: ${name}`, text, { methods: ["GET"] })
  ),
  ...CONTROLS.map((n) =>
    withFields(`byte ${code(n)} in a value`, [`X: a${String.fromCharCode(n)}b`])
  ),
  ...CONTROLS.map((n) =>
    withFields(`byte ${code(n)} in a name`, [`X${String.fromCharCode(n)}Y: b`])
  ),
  ...CONTROLS.map((n) =>
    raw(
      `byte ${code(n)} in the target`,
      `GET /a${String.fromCharCode(n)}b HTTP/1.1\r\nHost: a.example\r\n\r\n`,
    )
  ),
  ...NAME_BYTES.map((c) => withFields(`character ${JSON.stringify(c)} in a name`, [`X${c}Y: b`])),
  ...FIELDS.map(([name, ...lines]) => withFields(`field: ${name}`, lines)),
  ...METHODS.map((method) =>
    raw(`method ${JSON.stringify(method)}`, `${method} / HTTP/1.1\r\nHost: a.example\r\n\r\n`, {
      methods: [method === "HEAD" ? method : "GET"],
    })
  ),
  ...VERSIONS.map((version) =>
    raw(`version ${JSON.stringify(version)}`, `GET / ${version}\r\nHost: a.example\r\n\r\n`)
  ),
  ...START_LINES.map((line) =>
    raw(`start line ${JSON.stringify(line)}`, `${line}\r\nHost: a.example\r\n\r\n`, {
      methods: ["GET"],
    })
  ),
  raw("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", { methods: ["GET"] }),
  raw("TLS client hello", "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", { methods: ["GET"] }),
  raw("nothing but line ends", "\r\n\r\n\r\n\r\n", { methods: ["GET"] }),
  raw("binary noise", "\x00\x01\x02\xff\xfe\r\n\r\n", { methods: ["GET"] }),
  raw("an answer instead of a request", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {
    methods: ["GET"],
  }),
  raw("SMTP words", "EHLO example.com\r\nMAIL FROM:<a@b>\r\n\r\n", { methods: ["GET"] }),
  raw("head that never ends", "GET / HTTP/1.1\r\nHost: a.example\r\nX: y\r\n", {
    methods: ["GET"],
  }),
  raw("start line that never ends", "GET /", { methods: ["GET"] }),
];
