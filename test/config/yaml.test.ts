import { expect, test } from "bun:test";
import fc from "fast-check";
import { LineMap } from "../../src/config/line_map.ts";
import { alignScalar } from "../../src/config/scalar_source.ts";
import { readYaml } from "../../src/config/yaml.ts";
import type { YamlNode, YamlScalar } from "../../src/config/yaml_node.ts";

function scalars(node: YamlNode | undefined): YamlScalar[] {
  switch (node?.kind) {
    case "scalar":
      return [node];
    case "list":
      return node.items.flatMap(scalars);
    case "map":
      return node.entries.flatMap(({ key, value }) => [key, ...scalars(value)]);
    default:
      return [];
  }
}

test("every character of a scalar has its place in the file, whatever its style", () => {
  const text = [
    "plain: one two",
    "single: 'it''s $x'",
    'double: "a \\"b\\" \\x41 c"',
    "folded: one",
    "  two",
    "",
    "  three",
    "block: |",
    "  first",
    "  second",
    'joined: "one \\',
    '  two"',
    "",
  ].join("\n");
  const lines = text.split("\n");
  for (const scalar of scalars(readYaml("f", text).root)) {
    for (const [i, c] of [...scalar.text].entries()) {
      if (!/[a-z$]/.test(c)) continue;
      const { line, column } = scalar.place(i);
      expect(lines[line - 1]![column - 1]).toBe(c);
    }
  }
});

test("characters that escapes name are UTF-8, and stand where the escape stands", () => {
  const source = '"a\\u00e9\\U0001F600b"';
  const { text, offsets } = alignScalar(source, "aé😀b", "double");
  expect(text).toBe("a\xc3\xa9\xf0\x9f\x98\x80b");
  expect(offsets.map((offset) => offset)).toEqual([1, 2, 2, 8, 8, 8, 8, 18, 19]);
});

test("columns count characters of UTF-8, not its bytes", () => {
  const text = Buffer.from("über: größe x\n", "utf8").toString("latin1");
  expect(new LineMap("f", text).position(text.indexOf("x")).column).toBe(13);
});

test("keys keep their order and their text", () => {
  const { root } = readYaml("f", "503: a\n404: b\n010: c\n0x1: d\nyes: e\n~: f\n");
  const keys = root?.kind === "map" ? root.entries.map(({ key }) => key.text) : [];
  expect(keys).toEqual(["503", "404", "010", "0x1", "yes", "~"]);
});

test("any text is read or refused, never thrown at", () => {
  const pieces = fc.constantFrom(
    "a",
    ": ",
    "- ",
    "\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    '"',
    "#",
    " #x",
    "*b",
    "&c",
    "!t",
    "|",
    ">",
    "%",
    "\\",
    "\t",
    "? ",
    "<<",
    "---\n",
    "$X",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join("");
      const { root, diagnostics } = readYaml("f", text);
      for (const scalar of scalars(root)) {
        expect(scalar.place(scalar.text.length).line).toBeGreaterThanOrEqual(1);
      }
      for (const { message } of diagnostics) expect(message).not.toBe("");
    }),
    { numRuns: 500 },
  );
});
