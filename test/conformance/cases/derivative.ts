import { answer, type Case, condition, each, get } from "../case.ts";

const FAMILIES = ["base", "path", "url", "hdr(x-v)", "cook(v)", "urlp(v)"] as const;
const SUFFIXES = ["", "_beg", "_dir", "_dom", "_end", "_len", "_reg", "_sub"] as const;

/** Patterns that some of the values below match and some do not. */
const PATTERNS: Readonly<Record<(typeof SUFFIXES)[number], string>> = {
  "": "/a/b.c",
  _beg: "/a/b /zzz",
  _dir: "b.c static",
  _dom: "b example",
  _end: ".c .png",
  _len: "6 9:12",
  _reg: "^/[a-c]+/ \\.png$",
  _sub: "/b static",
};

const BASE_PATTERNS: Readonly<Record<string, string>> = {
  "": "www.example.com/a/b.c",
  _beg: "www.example.com/a",
  _len: "21 30:40",
  _reg: "^www\\.[^/]+/a/",
};

const VALUES = ["/a/b.c", "/a/b", "/static/x.png", "/c/d/e", "/A/B.C", "/b.c/x", "/x.example.y"];

function named(family: string, suffix: string): string {
  const open = family.indexOf("(");
  return open < 0 ? family + suffix : family.slice(0, open) + suffix + family.slice(open);
}

function requestsFor(family: string): readonly string[] {
  switch (family) {
    case "hdr(x-v)":
      return VALUES.map((value) => get("/", `X-V: ${value}`));
    case "cook(v)":
      return VALUES.map((value) => get("/", `Cookie: u=1; v=${value}`));
    case "urlp(v)":
      return VALUES.map((value) => get(`/?v=${value}&w=1`));
    default:
      return VALUES.map((value) => get(value));
  }
}

const requestDerivatives = FAMILIES.flatMap((family) =>
  SUFFIXES.flatMap((suffix) => {
    const pattern = (family === "base" ? BASE_PATTERNS[suffix] : undefined) ?? PATTERNS[suffix];
    const sensitive = condition(`{ ${named(family, suffix)} ${pattern} }`, requestsFor(family));
    if (suffix === "_len") return [sensitive];
    return [
      sensitive,
      condition(`{ ${named(family, suffix)} -i ${pattern} }`, requestsFor(family)),
    ];
  })
);

const ANSWERS = VALUES.map((value) =>
  answer("200 OK", [`X-V: ${value}`, `Set-Cookie: v=${value}; Path=/`])
);

const responseDerivatives: readonly Case[] = ["shdr(x-v)", "scook(v)"].flatMap((family) =>
  SUFFIXES.map((suffix): Case => ({
    name: `response condition ${named(family, suffix)}`,
    frontend: [
      `http-response set-header x-match yes if { ${named(family, suffix)} ${PATTERNS[suffix]} }`,
    ],
    answers: { o1: ANSWERS },
    clients: each(...VALUES.map((_, n) => get(`/${n}`))),
  }))
);

export const derivativeCases: readonly Case[] = [
  ...requestDerivatives,
  ...responseDerivatives,
  condition("{ req_ver 1.1 }", [get("/"), "GET / HTTP/1.0\r\n\r\n"]),
  condition("{ method GET }", [
    get("/"),
    "HEAD / HTTP/1.0\r\n\r\n",
    "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
  ]),
  condition("{ method -i get }", [get("/")]),
  condition("{ method -m str -i get }", [get("/")]),
  condition("{ method BREW PUT }", [
    "BREW / HTTP/1.0\r\n\r\n",
    "brew / HTTP/1.0\r\n\r\n",
    "PUT / HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
  ]),
  condition("{ http_auth_group(CASE_users) staff }", [
    get("/"),
    get("/", "Authorization: Basic YWxpY2U6c2VjcmV0"),
    get("/", "Authorization: Basic Ym9iOmh1bnRlcjI="),
    get("/", "Authorization: Basic YWxpY2U6d3Jvbmc="),
  ], {
    sections: {
      "userlist CASE_users": [
        "group staff",
        "group guests users bob",
        "user alice insecure-password secret groups staff",
        "user bob insecure-password hunter2",
      ],
    },
  }),
  {
    name: "resp_ver in a response condition",
    frontend: ["http-response set-header x-match yes if { resp_ver 1.1 }"],
    clients: each(get("/")),
  },
];
