import { unsupported } from "../lang/unsupported.ts";
import type { Line } from "./compile/line.ts";
import type { Word } from "./directive.ts";
import type { LogTarget } from "./plan.ts";

/** Syslog's facilities by number. */
const facilities = (
  "kern user mail daemon auth syslog lpr news uucp cron auth2 ftp ntp audit alert cron2 " +
  "local0 local1 local2 local3 local4 local5 local6 local7"
).split(" ");

/** Syslog's levels by number. */
const levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

const formats = [
  "local",
  "rfc3164",
  "rfc5424",
  "short",
  "raw",
  "timed",
  "iso",
  "json",
  "priority",
] as const;

const lengthBytesDefault = 1024;
const lengthBytesMin = 80;
const lengthBytesMax = 65535;
const syslogPort = 514;

/** Reads what stands behind `log`: `<target> [len] [format] [sample] <facility> [max [min]]`. */
export function parseLogTarget(line: Line): LogTarget {
  const missing = "log : expects <address> and <facility> or global as arguments";
  const to = parseDestination(line, line.take(missing));
  let length = lengthBytesDefault;
  let format: (typeof formats)[number] = "local";
  let sample: LogTarget["sample"];
  for (;;) {
    if (line.skip("len")) {
      length = line.integer(
        line.take("log : expects a length behind 'len'"),
        lengthBytesMin,
        lengthBytesMax,
      );
    } else if (line.skip("format")) format = takeFormat(line);
    else if (line.skip("sample")) sample = takeSample(line);
    else break;
  }
  const facility = takeName(line, line.take(missing), facilities, "unknown log facility");
  const level = line.rest.length === 0
    ? 7
    : takeName(line, line.take(""), levels, "unknown optional log level");
  const minLevel = line.rest.length === 0
    ? 0
    : takeName(line, line.take(""), levels, "unknown optional minimum log level");
  line.end();
  return {
    to,
    format: format === "local" ? "rfc3164" : format,
    facility,
    level,
    minLevel,
    length,
    sample,
  };
}

function parseDestination(line: Line, word: Word): LogTarget["to"] {
  const { text } = word;
  if (text === "stdout" || text === "fd@1") return { kind: "stdout" };
  if (text === "stderr" || text === "fd@2") return { kind: "stderr" };
  if (text.startsWith("file@")) {
    return { kind: "file", path: line.site.path(text.slice(5), word.at) };
  }
  if (text.startsWith("/")) return { kind: "unix", path: text };
  if (text.startsWith("unix@")) return { kind: "unix", path: text.slice(5) };
  if (/^(fd|ring|tcp|tcp4|tcp6|quic|backend|abns|sockpair)@/.test(text)) {
    const kind = text.slice(0, text.indexOf("@") + 1);
    const message = unsupported(
      `log target '${kind}'`,
      "lines go to syslog, files and the terminal",
    );
    throw line.error("unsupported", message, word);
  }
  const plain = text.replace(/^(udp4|udp6|udp|ipv4|ipv6)@/, "");
  const bracketed = /^\[([^\]]+)\](?::([0-9]+))?$/.exec(plain);
  const colon = plain.lastIndexOf(":");
  const [host, port] = bracketed
    ? [bracketed[1]!, bracketed[2]]
    : colon < 0
    ? [plain, undefined]
    : [plain.slice(0, colon), plain.slice(colon + 1)];
  const number = port === undefined || port === "" ? syslogPort : Number(port);
  if (host === "" || !Number.isInteger(number) || number < 1 || number > 65535) {
    throw line.error("bad-address", `log : invalid address or port in '${text}'`, word);
  }
  return { kind: "udp", host, port: number };
}

function takeFormat(line: Line): (typeof formats)[number] {
  const word = line.take("log : expects a format behind 'format'");
  return line.oneOf(word, formats, `log : unknown log format '${word.text}'`);
}

function takeSample(line: Line): LogTarget["sample"] {
  const word = line.take("log : expects <ranges>:<sample_size> behind 'sample'");
  const found = /^([0-9,-]+):([0-9]+)$/.exec(word.text);
  const size = Number(found?.[2]);
  const ranges = found?.[1]?.split(",").map((range) => {
    const [low, high] = range.split("-").map(Number);
    return [low!, high ?? low!] as const;
  });
  const sound = ranges?.every(([low, high]) => low >= 1 && low <= high && high <= size);
  if (!ranges || !sound) {
    throw line.error("bad-value", `log : invalid sample '${word.text}'`, word);
  }
  return { ranges, size };
}

function takeName(line: Line, word: Word, names: readonly string[], message: string): number {
  const found = line.oneOf(word, names, `log : ${message} '${word.text}'`);
  return names.indexOf(found);
}
