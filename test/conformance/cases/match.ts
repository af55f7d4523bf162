import { type Case, condition, get } from "../case.ts";

const X = (...values: readonly string[]): readonly string[] =>
  values.map((value) => get("/", `X: ${value}`));
const NUMBERS = X(
  "1",
  "3",
  "4",
  "5",
  "6",
  "9",
  "10",
  "-2",
  "0",
  "",
  "abc",
  "7x",
  "99999999999999999999",
);
const TEXTS = X("abc", "ABC", "xabcx", "ab", "", "a b c", "abc,def", "-i");
const ADDRESSES = X(
  "10.1.2.3",
  "10.2.0.1",
  "192.168.0.1",
  "::1",
  "2001:db8::5",
  "::ffff:10.1.2.3",
  "junk",
  "10.1.2.3:80",
);
const NOTHING = get("/");

/** Conditions on the header `x`, each tried on a row of values. */
const NUMERIC = [
  "req.hdr(x) -m int 5",
  "req.hdr(x) -m int gt 4",
  "req.hdr(x) -m int ge 4",
  "req.hdr(x) -m int lt 4",
  "req.hdr(x) -m int le 4",
  "req.hdr(x) -m int eq 4",
  "req.hdr(x) -m int 3:5",
  "req.hdr(x) -m int 5:",
  "req.hdr(x) -m int :5",
  "req.hdr(x) -m int gt 9 lt 3 eq 5",
  "req.hdr(x) -m int ne 5",
  "req.hdr(x) -m int 1-4",
  "req.hdr(x) -m int -- -5",
  "req.hdr_val(x) gt 4",
  "req.hdr_val(x) 3:5 9:",
  "hdr_val(x) lt 0",
  "req.hdr(x) -m int gt 4:6",
  "req.hdr(x),add(1) 6",
  "req.hdr(x) -m len 1",
  "req.hdr(x) -m len gt 2",
  "req.hdr(x) -m len 0",
  "req.hdr(x) -m len le 1 ge 3",
];

const TEXTUAL = [
  "req.hdr(x) abc",
  "req.hdr(x) -i abc",
  "req.hdr(x) -m str abc ABC",
  "req.hdr(x) -m beg ab",
  "req.hdr(x) -m beg -i ab",
  "req.hdr(x) -m end bc",
  "req.hdr(x) -m end -i BC",
  "req.hdr(x) -m sub b",
  "req.hdr(x) -m sub -i B",
  "req.hdr(x) -m reg ^a.c$",
  "req.hdr(x) -m reg -i ^A.C$",
  "req.hdr(x) -m reg a(b|d)c",
  "req.hdr(x) -m found",
  "req.hdr(x) -m bool",
  "req.hdr(x) -m bin 616263",
  "req.fhdr(x) abc,def",
  "req.hdr(x) def",
  "req.hdr(x) -- -i",
  "req.hdr(x),lower abc",
  "req.hdr(x),upper -i abc",
  "req.hdr(x) -m dom abc",
  "req.hdr(x) -m dir abc",
  "req.hdr(nope) abc",
  "req.hdr(x) lower abc",
  'req.hdr(x) -m beg "\\"" a',
  "req.hdr(x) -m reg ^$",
  "req.hdr(x) -m str -f FILE(words)",
  "req.hdr(x) -i -f FILE(words)",
  "req.hdr(x) -f FILE(words) -i ABC",
  "req.hdr(x) -m sub -f FILE(words)",
];

const IP = [
  "req.hdr_ip(x) 10.0.0.0/8",
  "req.hdr_ip(x) 10.1.2.3",
  "req.hdr_ip(x) 10.1.0.0/255.255.0.0",
  "req.hdr_ip(x) 10.0.2.0/255.0.255.0",
  "req.hdr_ip(x) ::1",
  "req.hdr_ip(x) 2001:db8::/32",
  "req.hdr_ip(x) ::/0",
  "req.hdr_ip(x) 0.0.0.0/0",
  "req.hdr(x) -m ip 10.0.0.0/8",
  "req.hdr(x) -m ip -n 192.168.0.0/16 ::1",
  "req.hdr_ip(x) -f FILE(networks)",
  "req.hdr(x) -m ip -f FILE(networks) 192.168.0.1",
  "req.hdr_ip(x) ::ffff:10.1.2.3",
];

const FILES = {
  words: "# comment\nabc\n  indented\n #not a comment\n\ntrailing \nab\n",
  networks: "10.1.0.0/16\n2001:db8::/64\n#192.168.0.1\n",
};

const dir = ["/a/b/c.png", "/b", "/ab/c", "/x?b", "/b?x", "/a//b/", "/a.b/c"].map((target) =>
  get(target)
);
const dom = ["a.b.c", "b", "ab.c", "x.b:80", "a/b/c", "b.", ".b"].map((host) =>
  get("/", `Host: ${host}`)
);

export const matchCases: readonly Case[] = [
  ...NUMERIC.map((text) => condition(`{ ${text} }`, [...NUMBERS, NOTHING])),
  ...TEXTUAL.map((text) => condition(`{ ${text} }`, [...TEXTS, NOTHING], { files: FILES })),
  ...TEXTUAL.slice(0, 6).map((text) =>
    condition(`!{ ${text} }`, [...TEXTS, NOTHING], { files: FILES })
  ),
  ...IP.map((text) => condition(`{ ${text} }`, [...ADDRESSES, NOTHING], { files: FILES })),
  ...["b", "/b/", "a/b", "/", "c.png", "b/"].map((pattern) =>
    condition(`{ path_dir ${pattern} }`, dir)
  ),
  ...["b", ".b.", "a.b", "b:80"].map((pattern) => condition(`{ hdr_dom(host) ${pattern} }`, dom)),
  condition("{ path_dom c }", dir),
  condition("{ url_dir b }", dir),
  condition("{ src 127.0.0.0/8 }", [NOTHING]),
  condition("{ src 127.0.0.2 127.0.0.9/31 }", [NOTHING], {
    clients: ["127.0.0.1", "127.0.0.2", "127.0.0.8", "127.0.0.9", "127.0.0.10"].map((from) => ({
      pieces: [NOTHING],
      from,
    })),
  }),
  condition("{ dst_port 1:65535 }", [NOTHING]),
  condition("{ int(5) ne 6 }", [NOTHING]),
  condition("{ always_true 0 }", [NOTHING]),
  condition("{ bool(false) }", [NOTHING]),
  condition("{ str(a) -m found }", [NOTHING]),
  condition("{ hdr_cnt(nope) -m found }", [NOTHING]),
  condition("{ hdr_cnt(x) gt 1 }", [...X("a", "a,b", ",", ""), NOTHING]),
  condition("{ bin(61006263) -m len 4 }", [NOTHING]),
  condition("{ bin(61006263) -m len 1 }", [NOTHING]),
  condition(
    "{ path_reg ^/(foo|bar)/[0-9]{2,4}$ }",
    ["/foo/12", "/bar/1", "/foo/12345", "/baz/12"].map((t) => get(t)),
  ),
  condition("{ path_reg -i \\.(GIF|png)$ }", ["/a.gif", "/a.PNG", "/a.png.x"].map((t) => get(t))),
  condition("{ path_reg [[:digit:]]+x }", ["/12x", "/x", "/1y"].map((t) => get(t))),
  condition("{ path -f FILE(words) /a -f }", [get("/a"), get("/x")], {
    files: { words: "/x\n", "-f": "" },
  }),
  condition("{ req.hdr(x),map_str(FILE(m)) VB }", X("a,b", "b,a", "b"), { files: { m: "b VB\n" } }),
  condition("{ req.hdr(x),map_str(FILE(m),none) VB }", X("a,b", "b,a", "c"), {
    files: { m: "b VB\n" },
  }),
];
