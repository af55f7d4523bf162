import { expect, test } from "bun:test";
import fc from "fast-check";
import { convertConfiguration } from "../../src/config/convert/convert.ts";
import { ConfigurationEnvironment } from "../../src/config/environment.ts";
import { readHaproxyConfiguration } from "../../src/config/haproxy_cfg.ts";
import { takesText } from "../../src/config/keyword/catalog.ts";
import type { ConfigurationFormat } from "../../src/config/source_file.ts";
import { readYamlConfiguration } from "../../src/config/yaml_directives.ts";
import { loadText } from "../config/load_text.ts";
import { planMeaning } from "../config/plan_summary.ts";

function convert(text: string, from: ConfigurationFormat, to: ConfigurationFormat): string {
  const { text: converted, diagnostics } = convertConfiguration(
    [{ path: "file", text, format: from }],
    to,
  );
  expect(diagnostics).toEqual([]);
  return converted!;
}

/** Every section and line, expanded. */
function directives(text: string, format: ConfigurationFormat): unknown {
  const read = format === "yaml" ? readYamlConfiguration : readHaproxyConfiguration;
  const environment = new ConfigurationEnvironment({ ONE: "1 2", LIST: "a b  c", EMPTY: "" });
  const { sections, diagnostics } = read("file", text, { environment, takesText });
  const found = diagnostics.map(({ code, message }) =>
    `${code} ${message.replace(/ at position.*/, "")}`
  );
  return {
    found,
    sections: sections.map(({ kind, name, from, directives: lines }) => ({
      kind,
      name,
      from: from?.text,
      lines: lines.map(({ words }) => words.map((word) => word.text)),
    })),
  };
}

/** Comments with their `#`, in order. */
function comments(text: string): string[] {
  return [...text.matchAll(/#COMMENT\d+/g)].map(([comment]) => comment);
}

const character = fc.oneof(
  fc.constantFrom(..."ab1:,.-_/%[](){}|>&*!?@`^=~\\'\"#$ \t"),
  fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
);
const text = fc.string({ unit: character, minLength: 1, maxLength: 8 });
const plain = fc.string({
  unit: fc.constantFrom(..."ab1:,.-_/%[](){}|>&*!?@`^=~$"),
  minLength: 1,
  maxLength: 8,
});
const quoted = text.map((inner) => `"${inner.replaceAll(/["\\$]/g, "\\$&")}"`);
const single = text.map((inner) => `'${inner.replaceAll("'", "")}x'`);
const escaped = text.map((inner) => inner.replaceAll(/[\\ #'"]/g, "\\$&").replaceAll("\t", "\\t"));
const variable = fc.constantFrom(
  '"$ONE"',
  '"${ONE}x"',
  '"${UNSET-a b}"',
  '"${LIST[*]}"',
  '"a\\$ONE"',
  '"x${EMPTY}"',
  '"\\x41\\n"',
  "$ONE",
  "\\$ONE",
);
const piece = fc.oneof({ weight: 3, arbitrary: plain }, quoted, single, escaped, variable);
const word = fc.array(piece, { minLength: 1, maxLength: 2 }).map((pieces) => pieces.join(""));
const keyword = fc.constantFrom(
  "acl",
  "bind",
  "description",
  "disabled",
  "http-request",
  "log-format",
  "no option",
  "timeout client",
  "timeout server",
  "option",
  "from",
  '"bind"',
  "unknown.keyword",
);
const blank = fc.constantFrom(" ", "  ", "\t");
const line = fc.tuple(keyword, blank, fc.array(word, { maxLength: 3 }), fc.boolean())
  .map(([first, space, words, commented]) =>
    [first, ...words].join(space) + (commented ? " #COMMENT0" : "")
  );
const trivia = fc.constantFrom("", "#COMMENT0", "    # #COMMENT0");
const name = fc.constantFrom("www", "a:b", "1", '"$NAME"', "-x", "www from base");
const header = fc.oneof(
  fc.constantFrom("global", "defaults", "defaults base", "defaults from base", "peers p #COMMENT0"),
  fc.tuple(fc.constantFrom("frontend", "backend", "listen", "userlist"), name)
    .map((words) => words.join(" ")),
);

/** A section, or sections and lines in branches. */
const { part } = fc.letrec<{ part: string[]; block: string[] }>((tie) => ({
  part: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: line.map((one) => [one]) },
    trivia.map((one) => [one]),
    { weight: 2, arbitrary: header.map((one) => [one]) },
    tie("block"),
  ),
  block: fc.tuple(
    fc.constantFrom(".if 0", ".if 1", '.if streq("$ONE",a) #COMMENT0'),
    fc.array(tie("part"), { maxLength: 3 }),
    fc.constantFrom([], [".else"], [".elif 1", ".notice x", ".else"]),
    fc.array(tie("part"), { maxLength: 3 }),
  ).map(([begin, first, middle, second]) => [
    begin,
    ...first.flat(),
    ...middle,
    ...second.flat(),
    ".endif",
  ]),
}));

/** Texts whose comments have numbers, so that none can take another's place. */
const configuration = fc.tuple(header, fc.array(part, { maxLength: 12 })).map(([first, parts]) => {
  let number = 0;
  return [first, ...parts.flat()].map((one) => `${one}\n`).join("")
    .replaceAll("#COMMENT0", () => `#COMMENT${number++}`);
});

test("any haproxy.cfg says the same in YAML and back again", () => {
  fc.assert(
    fc.property(configuration, (cfg) => {
      const expected = directives(cfg, "haproxy");
      const yaml = convert(cfg, "haproxy", "yaml");
      expect(directives(yaml, "yaml")).toEqual(expected);
      expect(comments(yaml)).toEqual(comments(cfg));
      const back = convert(yaml, "yaml", "haproxy");
      expect(directives(back, "haproxy")).toEqual(expected);
      expect(comments(back)).toEqual(comments(cfg));
    }),
    { numRuns: 400 },
  );
});

const frontendLines = fc.subarray([
  "timeout client 30s",
  "timeout http-request 5s",
  'acl static path_beg /static "/with blank"',
  "acl static path_end .gif .png",
  "acl home path /",
  "acl never path /never",
  'http-request set-header X-Tag "a \\"tag\\" for $ADDRESS"',
  "http-request deny if never { method DELETE }",
  "http-response set-header X-Answer %[status]",
  'log-format "%ci:%cp [%t] %ft \\"%r\\""',
  "option httplog",
  "no option dontlognull",
  "option forwardfor except 127.0.0.0/8",
  "capture request header Host len 20",
  "monitor-uri /alive",
  "maxconn 100",
]).map((lines) => [...lines, "use_backend one if { path /one }", "default_backend two"]);
const backendLines = fc.subarray([
  "balance leastconn",
  "timeout connect 5s",
  "timeout server 5s",
  "option httpchk GET /alive",
  "http-check expect status 200-299",
  "http-request add-header X-Backend %[be_name]",
  "cookie-less unknown",
  'server s1 "${ADDRESS}:9001" check weight 10',
  "server s2 127.0.0.1:9002 backup",
  "default-server inter 3s",
  "description 'a backend'",
  "retries 2",
]);
const order = <T>(lines: fc.Arbitrary<T[]>) =>
  lines.chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
const site = fc.record({
  defaults: fc.subarray(["mode http", "timeout client 1s", "option httplog", "retries 5"]),
  www: order(frontendLines),
  one: order(backendLines),
  two: order(backendLines),
  anonymous: fc.boolean(),
  split: fc.boolean(),
}).map(({ defaults, www, one, two, anonymous, split }) => {
  const section = (first: string, lines: string[]) => [first, ...lines.map((one) => `  ${one}`)];
  const wwwSection = section("frontend www", ["bind :80", ...www]);
  return [
    ...section("defaults", defaults),
    ...(split ? section("backend two", two) : wwwSection),
    ...(anonymous ? section("defaults", ["mode http", "timeout server 9s"]) : []),
    ...section("backend one", one),
    ...(split ? wwwSection : section("backend two", two)),
  ].map((line) => `${line}\n`).join("");
});

test("both spellings compile to the same Plan, or to the same findings", () => {
  let plans = 0;
  fc.assert(
    fc.property(site, (cfg) => {
      const meaning = (written: string, file: string) => {
        const { plan, diagnostics } = loadText(written, file);
        if (plan) plans++;
        const found = diagnostics.map(({ code, message }) => `${code} ${message}`);
        return {
          plan: plan && planMeaning(plan),
          found: [...new Set(found.map((one) => one.replaceAll(/\S+:\d+/g, "")))].sort(),
        };
      };
      const expected = meaning(cfg, "haproxy.cfg");
      const yaml = convert(cfg, "haproxy", "yaml");
      expect(meaning(yaml, "site.yaml")).toEqual(expected);
      expect(meaning(convert(yaml, "yaml", "haproxy"), "haproxy.cfg")).toEqual(expected);
    }),
    { numRuns: 150 },
  );
  expect(plans).toBeGreaterThan(15);
});

/** The rest of a line, in each style that YAML has for it. */
const styled = fc.tuple(
  fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
  fc.constantFrom("single", "double", "folded", "commented"),
).map(([rest, style]) => {
  const escaped = rest.replaceAll(/["\\]/g, "\\$&").replaceAll("\t", "\\t");
  if (style === "double") return `"${escaped}"`;
  if (style === "commented") return `"${escaped}" #COMMENT0`;
  const single = `'${rest.replaceAll("'", "''")}'`;
  return style === "single" || rest.startsWith(" ") ? single : `>-\n          ${rest}`;
});
const key = fc.constantFrom("acl", "bind", "log-format", "description", "http-request");
const body = fc.uniqueArray(fc.tuple(key, fc.array(styled, { minLength: 1, maxLength: 3 })), {
  selector: ([name]) => name,
  minLength: 1,
  maxLength: 4,
}).map((entries) =>
  entries.map(([name, values]) =>
    values.length === 1
      ? `      ${name}: ${values[0]}\n`
      : `      ${name}:\n${values.map((value) => `        - ${value}\n`).join("")}`
  ).join("")
);
const document = fc.array(body, { minLength: 1, maxLength: 3 }).map((bodies) => {
  let number = 0;
  const sections = bodies.map((lines, i) => `  s${i}:\n    - acl: x\n    -\n${lines}`);
  return `frontend:\n${sections.join("")}`.replaceAll("#COMMENT0", () => `#COMMENT${number++}`);
});

test("any YAML says the same in haproxy.cfg", () => {
  let converted = 0;
  fc.assert(
    fc.property(document, (yaml) => {
      const expected = directives(yaml, "yaml") as { readonly found: readonly string[] };
      // What is no sound line in YAML cannot be written at all; an empty word depends on variables.
      if (expected.found.some((one) => !one.startsWith("empty-word"))) return;
      converted++;
      const cfg = convert(yaml, "yaml", "haproxy");
      expect(directives(cfg, "haproxy")).toEqual(expected);
      expect(comments(cfg)).toEqual(comments(yaml));
    }),
    { numRuns: 400 },
  );
  expect(converted).toBeGreaterThan(120);
});
