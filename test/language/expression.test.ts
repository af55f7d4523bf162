import { describe, expect, test } from "bun:test";
import { parseArguments } from "../../src/lang/arguments.ts";
import { cutArguments } from "../../src/lang/argument_words.ts";
import { castFor } from "../../src/lang/cast.ts";
import { aclDerivatives, converters, fetches } from "../../src/lang/catalog.ts";
import { parseExpression } from "../../src/lang/expression.ts";
import {
  addInt,
  divideInt,
  intMax,
  intMin,
  multiplyInt,
  negateInt,
  readIntPrefix,
  readWholeInt,
} from "../../src/lang/int.ts";
import { nearest } from "../../src/lang/nearest.ts";
import { offlineContext } from "../../src/lang/offline_context.ts";
import { Address } from "../../src/lang/address.ts";
import { Bin, Method, type SampleType, type Value } from "../../src/lang/value.ts";
import { testScope, words } from "./lang_scope.ts";

const cx = () => offlineContext({ raw: "GET /Path HTTP/1.1\r\nHost: h\r\nX: Ab\r\nX: cD\r\n\r\n" });

function valueOf(text: string): Value | undefined {
  return parseExpression(words(text), 0, testScope()).expression.get(cx());
}

describe("parseExpression", () => {
  test("converters behind commas, and words that are names of converters", () => {
    const parse = (text: string) => parseExpression(words(text), 0, testScope());
    expect(parse("req.hdr(x),lower if TRUE").next).toBe(1);
    expect(parse("req.hdr(x) lower upper if TRUE").next).toBe(3);
    expect(parse("req.hdr(x), lower if TRUE").next).toBe(2);
    expect(valueOf("req.hdr(x) lower")).toBe("cd");
    expect(valueOf("path,lower,upper")).toBe("/PATH");
  });

  test("it stands anywhere in a line and knows its text, type and key", () => {
    const { expression, next } = parseExpression(words("set hdr(x,1),length rest"), 1, testScope());
    expect(next).toBe(2);
    expect(expression).toMatchObject({ text: "hdr(x,1),length", type: "sint", keyword: "hdr" });
    expect(expression.key).toBe("hdr(x,1),length");
    expect(expression.get(cx())).toBe(2);
  });

  test("a converter that fails ends the walk over values", () => {
    const scope = testScope({ files: { m: "Ab 1\ncD 2\n", n: "cD 2\n" } });
    const seen = (text: string) => {
      const values: Value[] = [];
      const { expression } = parseExpression([text], 0, scope);
      const ended = expression.each!(cx(), (value) => {
        values.push(value);
        return value === "2";
      });
      return { values, ended };
    };
    expect(seen("req.hdr(x),map_str(m)")).toEqual({ values: ["1", "2"], ended: true });
    expect(seen("req.hdr(x),map_str(n)")).toEqual({ values: [], ended: false });
  });

  test("a side effect anywhere makes it impure", () => {
    const pure = (text: string) => parseExpression([text], 0, testScope()).expression.pure;
    expect(pure("path,lower")).toBe(true);
    expect(pure("rand(10)")).toBe(false);
    expect(pure("path,set-var(txn.a)")).toBe(false);
  });
});

describe("arguments in parentheses", () => {
  const cut = (text: string) => cutArguments(text, 0, Infinity).words;

  test("quotes and escapes of the second level", () => {
    expect(cut("('a,b',\"c)d\",e)")).toEqual(["a,b", "c)d", "e"]);
    expect(cut("(\"a\"b'c')")).toEqual(["abc"]);
    expect(cut(String.raw`(a\\b\c\tq)`)).toEqual(["a\\b\\c\tq"]);
    expect(cut(String.raw`("a\)b\,c\n\x41\#")`)).toEqual(["a\\)b\\,c\n\\x41\\#"]);
    expect(cut(String.raw`('a\nb')`)).toEqual(["a\\nb"]);
  });

  test("blanks belong to an argument, and nothing is one too", () => {
    expect(cut("( a , b )")).toEqual([" a ", " b "]);
    expect(cut("()")).toEqual([""]);
    expect(cut("(,)")).toEqual(["", ""]);
  });

  test("typed values", () => {
    const specs = ["integer", "time", "size", "mask4", "mask6", "variable"] as const;
    const owner = { kind: "sample fetch", name: "f" } as const;
    const { args } = parseArguments(
      "(-5,1500us,2k,8,64,txn.a.b)",
      0,
      specs.map((type) => ({ name: "x", type })),
      owner,
      testScope(),
    );
    expect(
      args.map((arg) => arg && ("value" in arg ? arg.value : "mask" in arg ? `${arg.mask}` : arg)),
    )
      .toEqual([-5, 2, 2048, "255.0.0.0", "ffff:ffff:ffff:ffff::", {
        type: "variable",
        scope: "txn",
        name: "a.b",
      }]);
  });

  test("an optional one that was left out is undefined, an empty text is a text", () => {
    const specs = [
      { name: "a", type: "string", optional: true },
      { name: "b", type: "integer", optional: true },
    ] as const;
    const owner = { kind: "sample fetch", name: "f" } as const;
    const parse = (text: string) => parseArguments(text, 0, specs, owner, testScope()).args;
    expect(parse("")).toEqual([]);
    expect(parse("()")).toEqual([{ type: "string", text: "" }]);
    expect(parse("(x,)")).toEqual([{ type: "string", text: "x" }, undefined]);
  });
});

describe("integers", () => {
  test("a cast from text stops at the first odd byte and saturates", () => {
    const cases: Record<string, unknown> = {
      "": undefined,
      "abc": 0,
      "7x": 7,
      " 7": 0,
      "+7": 7,
      "-7": -7,
      "-": 0,
      "99999999999999999999": intMax,
      "-99999999999999999999": intMin,
      "9007199254740993": 9007199254740993n,
    };
    for (const [text, value] of Object.entries(cases)) {
      expect(readIntPrefix(text)).toBe(value as never);
    }
  });

  test("a whole number is nothing but one", () => {
    expect(readWholeInt("12")).toBe(12);
    expect(readWholeInt("-3")).toBe(-3);
    for (const text of ["", "-", "+1", "1x", "99999999999999999999"]) {
      expect(readWholeInt(text)).toBeUndefined();
    }
  });

  test("arithmetic saturates at 64 bits and is exact below", () => {
    expect(addInt(Number.MAX_SAFE_INTEGER, 2)).toBe(9007199254740993n);
    expect(addInt(intMax, 1)).toBe(intMax);
    expect(multiplyInt(intMin, 2)).toBe(intMin);
    expect(divideInt(7, -2)).toBe(-3);
    expect(divideInt(7, 0)).toBe(intMax);
    expect(negateInt(intMin)).toBe(intMax);
  });
});

describe("casts", () => {
  const cast = (value: Value, from: SampleType, to: SampleType) => {
    const result = castFor(from, to)?.(value);
    return result instanceof Address ? `${result}` : result;
  };

  test("texts as addresses: IPv4 ends at the first odd byte", () => {
    expect(cast("1.2.3.4:80", "str", "addr")).toBe("1.2.3.4");
    expect(cast("1.2.3.04", "str", "addr")).toBe("1.2.3.4");
    expect(cast("::1", "str", "addr")).toBe("::1");
    for (const text of ["1.2.3", "1.2.3.4.5", " 1.2.3.4", "1.2.3.256", "", "::1 "]) {
      expect(cast(text, "str", "addr")).toBeUndefined();
    }
  });

  test("bytes, numbers, methods", () => {
    expect(cast(new Bin("a\0b"), "bin", "str")).toBe("a");
    expect(cast(5, "sint", "bin")).toEqual(new Bin("\0\0\0\0\0\0\0\x05"));
    expect(cast(Address.v4(0x7f000001), "addr", "sint")).toBe(0x7f000001);
    expect(cast(-1, "sint", "addr")).toBe("255.255.255.255");
    expect(cast(new Method("GET"), "meth", "str")).toBe("GET");
    expect(cast(true, "bool", "str")).toBe("1");
    expect(cast("7x", "any", "sint")).toBe(7);
  });

  test("pairs that HAProxy refuses", () => {
    for (
      const [from, to] of [["bool", "addr"], ["bin", "sint"], ["bin", "addr"], ["meth", "sint"]]
    ) {
      expect(castFor(from as SampleType, to as SampleType)).toBeUndefined();
    }
  });
});

describe("catalog", () => {
  test("every ACL keyword whose fetch exists is there, and every row has a name of its own", () => {
    for (const keyword of aclDerivatives.values()) expect(fetches.has(keyword.fetch)).toBe(true);
    expect(aclDerivatives.has("path_beg")).toBe(true);
    expect(converters.has("lower")).toBe(true);
  });

  test("the nearest name helps with a typing error and does not guess wildly", () => {
    expect(nearest("pathbeg", aclDerivatives.keys())).toBe("path_beg");
    expect(nearest("lowre", ["lower", "upper"])).toBe("lower");
    expect(nearest("zzzzzz", ["lower", "upper"])).toBeUndefined();
  });
});
