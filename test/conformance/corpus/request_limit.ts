import { type Entry, raw, withFields } from "./entry.ts";

/** HAProxy holds a head of `tune.bufsize` less `tune.maxrewrite`: 16384 - 1024 bytes. */
const fill = (bytes: number): string => "f".repeat(bytes);

const HEAD_SIZES = [8_000, 15_000, 16_000, 17_000, 40_000];
const TARGET_SIZES = [1_000, 8_000, 14_000, 17_000, 40_000];
const FIELD_COUNTS = [50, 99, 100, 101, 102, 200];
const NAME_SIZES = [100, 255, 256, 999, 1_000, 4_000];

export const limitRequests: readonly Entry[] = [
  ...HEAD_SIZES.map((size) => withFields(`a field of ${size} bytes`, [`X: ${fill(size)}`])),
  ...HEAD_SIZES.map((size) =>
    withFields(
      `fields of ${size} bytes together`,
      Array.from({ length: 10 }, (_, n) => `X-${n}: ${fill(size / 10)}`),
    )
  ),
  ...TARGET_SIZES.map((size) =>
    raw(`a target of ${size} bytes`, `GET /${fill(size)} HTTP/1.1\r\nHost: a.example\r\n\r\n`)
  ),
  raw("a method of 8000 bytes", `${"M".repeat(8_000)} / HTTP/1.1\r\nHost: a.example\r\n\r\n`, {
    methods: ["GET"],
  }),
  ...FIELD_COUNTS.map((count) =>
    raw(
      `${count} fields`,
      `GET / HTTP/1.1\r\nHost: a.example\r\n${
        Array.from({ length: count - 1 }, (_, n) => `X-${n}: v\r\n`).join("")
      }\r\n`,
    )
  ),
  ...NAME_SIZES.map((size) => withFields(`a name of ${size} bytes`, [`${fill(size)}: v`])),
  raw("a Host of 8000 bytes", `GET / HTTP/1.1\r\nHost: ${fill(8_000)}\r\n\r\n`),
  raw("a start line without an end of 20000 bytes", `GET /${fill(20_000)}`, { methods: ["GET"] }),
  raw(
    "a field without an end of 20000 bytes",
    `GET / HTTP/1.1\r\nHost: a.example\r\nX: ${fill(20_000)}`,
    { methods: ["GET"] },
  ),
  withFields(
    "trailers of 20000 bytes",
    ["Transfer-Encoding: chunked"],
    `0\r\nX: ${fill(20_000)}\r\n\r\n`,
  ),
  withFields(
    "a chunk extension of 20000 bytes",
    ["Transfer-Encoding: chunked"],
    `5;${fill(20_000)}\r\nhello\r\n0\r\n\r\n`,
  ),
  withFields(
    "101 trailers",
    ["Transfer-Encoding: chunked"],
    `0\r\n${Array.from({ length: 101 }, (_, n) => `X-${n}: v\r\n`).join("")}\r\n`,
  ),
  withFields(
    "a chunk of 100000 bytes",
    ["Transfer-Encoding: chunked"],
    `186a0\r\n${fill(100_000)}\r\n0\r\n\r\n`,
  ),
  withFields("a body of 100000 bytes", ["Content-Length: 100000"], fill(100_000)),
];
