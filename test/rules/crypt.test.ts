import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { parseCrypted } from "../../src/rules/crypt.ts";

/** Made by libxcrypt's crypt(3). */
const vectors: readonly (readonly [password: string, stored: string])[] = [
  ["Hello world!", "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"],
  ["Hello world!", "$5$rounds=1400$anotherlongsalts$3qrvGONjJLD3nbbdMqiPU3HEkZj9mKxTAR68T172Rv9"],
  ["Hello world!", "$5$rounds=5000$abc$6eVtF.HYJrh1xHLVKcPLbuY4ZswvvTvyjCxwUteyZB2"],
  [
    "x",
    "$6$rounds=1000$abc$zaWpAwySRl8PX4W2aEMJwxpN82bCKtDZP0RBdOD6W7BQlilBqAsWnAZuS10iUyJZneS8Ob1gxs1BZkqJi1nTi.",
  ],
  ["hello", "$2b$04$abcdefghijklmnopqrstuuwHJMEGjfAzmL1lWmUmlphguIbWfjYey"],
  ["x".repeat(71), "$2y$04$......................MUTKUDIj4cZc60IEsGqjRod/wxELAN."],
  ["p\u00e4ss", "$2a$04$zzzzzzzzzzzzzzzzzzzzzOuWGGhdSV6lOlUgyOZi8IU3eueBf5Sdm"],
  ["hello", "$1$saltsalt$fFhQNRZ9A4AYLdo7vOe8a0"],
  ["hello", "$5$saltsalt$kfE3pS1dKPPHrilLCLWxLECEVLX8Au49cWIQg7GMQ05"],
];

function matches(stored: string, password: string): boolean {
  const crypted = parseCrypted(stored);
  if ("refused" in crypted) throw new Error(crypted.refused);
  return crypted.matches(password);
}

test("passwords stored by crypt(3) are told from others, rounds included", () => {
  for (const [password, stored] of vectors) {
    expect(matches(stored, password)).toBe(true);
    expect(matches(stored, password + "x")).toBe(false);
    expect(matches(stored, "")).toBe(false);
  }
});

const passwords = ["a", "hello", "p\u00e4ss", "x".repeat(33), "y".repeat(90)];
const openssl = spawnSync("openssl", ["version"]).status === 0;

test.skipIf(!openssl)("openssl makes the same hashes for every length of password and salt", () => {
  for (const method of ["1", "5", "6"]) {
    for (const password of passwords) {
      for (const salt of ["a", "saltsalt", "sixteencharsalt."]) {
        const args = ["passwd", `-${method}`, "-salt", salt, "-stdin"];
        const input = Buffer.from(password + "\n", "latin1");
        const stored = spawnSync("openssl", args, { input }).stdout.toString("latin1").trim();
        expect(matches(stored, password)).toBe(true);
        expect(matches(stored, password + " ")).toBe(false);
      }
    }
  }
}, 60_000);

test("bcrypt cuts a password after 72 bytes, as it always did", () => {
  const stored = "$2b$04$......................SZFhVdUK5wGKY4lx/QrgUMHG0XsWjbi";
  expect(matches(stored, "x".repeat(72))).toBe(true);
  expect(matches(stored, "x".repeat(73))).toBe(true);
  expect(matches(stored, "x".repeat(71))).toBe(false);
});

test("what is not implemented is refused by name", () => {
  const refusals: [string, string][] = [
    ["$2x$10$abcdefghijklmnopqrstuuJrPqNVpPLdzYI3IBsUZgGn0W3wFk1aK", "bcrypt"],
    ["$y$j9T$abc$def", "yescrypt"],
    ["abJnggxhB/yWI", "DES"],
    ["$5$rounds=10$abc$def", "out of range"],
    ["plain", "not in a form of crypt(3)"],
  ];
  for (const [stored, reason] of refusals) {
    const crypted = parseCrypted(stored);
    expect("refused" in crypted && crypted.refused).toContain(reason);
  }
});
