import { expect, test } from "bun:test";
import fc from "fast-check";
import { convertConfiguration } from "../../src/config/convert/convert.ts";
import { evaluateConfigurationCondition } from "../../src/config/condition/evaluate.ts";
import { loadText } from "../config/load_text.ts";

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const token = fc.constantFrom(
  ...["global", "defaults", "frontend", "backend", "www", "app", "from", "bind", "server", "acl"],
  ...[".if", ".elif", ".else", ".endif", ".alert", ".notice", "no", "default", "option", "[x]"],
  ..."\n \t'\"\\#${}[*]()!&|<>-:,.%0".split(""),
  ...["streq(", "defined(", "${A", '"${LIST[*]}"', "\\x4", "\r\n", ":80", "\0", "\xff"],
);
const rubbish = fc.oneof(
  fc.string({ unit: byte, maxLength: 200 }),
  fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join("")),
  fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(" ")),
);

/** Any findings will do; an exception would not. */
function survives(text: string, file: string): void {
  for (const { at, message } of loadText(text, file).diagnostics) {
    expect(at.line).toBeGreaterThanOrEqual(1);
    expect(at.column).toBeGreaterThanOrEqual(1);
    expect(message).not.toBe("");
  }
}

for (const [format, file] of [["haproxy", "haproxy.cfg"], ["yaml", "site.yaml"]] as const) {
  test(`no text makes reading ${file} fail in a way of its own`, () => {
    fc.assert(fc.property(rubbish, (text) => survives(text, file)), { numRuns: 1000 });
  });

  test(`no text makes converting ${file} fail in a way of its own`, () => {
    const property = fc.property(rubbish, (text) => {
      const files = [{ path: file, text, format }];
      for (const to of ["haproxy", "yaml"] as const) {
        const { text: converted, diagnostics } = convertConfiguration(files, to);
        expect(converted === undefined).toBe(diagnostics.length > 0);
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });
}

test("no condition fails in a way of its own", () => {
  fc.assert(
    fc.property(rubbish, (text) => {
      const { kind } = evaluateConfigurationCondition(text, () => undefined);
      expect(["true", "false", "error"]).toContain(kind);
    }),
    { numRuns: 2000 },
  );
});
