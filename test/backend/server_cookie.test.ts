import { expect, test } from "bun:test";
import { dynamicCookie } from "../../src/backend/persistence/server_cookie.ts";
import { Address } from "../../src/lang/address.ts";

test("names are those that haproxy 2.6 makes", () => {
  expect(dynamicCookie("secret", Address.parse("127.0.0.1")!, 8080)).toBe("f22943d7bfe33914");
  expect(dynamicCookie("secret", Address.parse("2001:db8::1")!, 443)).toBe("840fd81651c5d48b");
});
