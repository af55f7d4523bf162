import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fetchSpecs } from "../../src/lang/fetch/catalog.ts";
import type { ArgSpec, FetchSpec } from "../../src/lang/spec.ts";

interface TableRow {
  readonly name: string;
  readonly type: string;
  readonly layer: string;
  readonly args: string;
  readonly phases: string;
  readonly common: boolean;
}

const table = new Map<string, TableRow>(
  readFileSync(new URL("./tables/sample-fetches.tsv", import.meta.url), "utf8")
    .trimEnd().split("\n").slice(1).map((line) => {
      const cells = line.split("\t");
      return [cells[0]!, {
        name: cells[0]!,
        type: cells[3]!,
        layer: cells[4]!,
        args: cells[7]!,
        phases: cells[8]!,
        common: cells[12] === "y",
      }];
    }),
);

/** Families that need what Sluice does not have yet: TLS, stick tables, a cache, compression. */
function isElsewhere({ name }: TableRow): boolean {
  return name === "acl" || /^(sc[0-9]?_|src_(?!port$|is_local$)|table_)/.test(name) ||
    /^(res\.cache_|res\.comp|set-cookie$)/.test(name);
}

test("every common fetch of the internal, L4, L6 and L7 layers has a row", () => {
  const names = new Set(fetchSpecs.map((spec) => spec.name));
  const missing = [...table.values()].filter((row) =>
    row.common && ["internal", "L4", "L6", "L7"].includes(row.layer) && !isElsewhere(row) &&
    !names.has(row.name)
  );
  expect(missing.map((row) => row.name)).toEqual([]);
});

for (const spec of fetchSpecs) {
  test(`${spec.name} has the type, the check points and the arguments of HAProxy's`, () => {
    const row = table.get(spec.name);
    expect(row).toBeDefined();
    expect(spec.phases).toBe(row!.phases);
    expect<string>(spec.type).toBe(row!.type);
    expect(signature(spec)).toEqual(signatureOf(row!.args));
    expect(spec.doc).toMatch(/^\S.*[^.]$/);
  });
}

/** `(string,[integer])` as the types in order; a variable's name is a string to HAProxy. */
function signatureOf(text: string): string[] {
  return text.replace(/[()[\]]/g, "").split(",").filter((type) => type !== "");
}

function signature(spec: FetchSpec): string[] {
  return spec.args.map((arg: ArgSpec) => {
    switch (arg.type) {
      case "variable":
        return "string";
      case "userlist":
        return "user list";
      case "string":
        return spec.name === "ipv4"
          ? "IPv4 address"
          : spec.name === "ipv6"
          ? "IPv6 address"
          : "string";
      default:
        return arg.type;
    }
  });
}

test("rows that differ from one evaluation to the next are not called pure", () => {
  const impure = fetchSpecs.filter((spec) => !spec.pure).map((spec) => spec.name).sort();
  expect(impure).toEqual(["capture.req.hdr", "capture.res.hdr", "rand", "uuid", "var"]);
});
