import type { Context } from "../lang/context.ts";
import { jsonString } from "./json_text.ts";
import { logLevels } from "./log_level.ts";

/** A JSON object under construction: members in order, undefined ones left out. */
class JsonObject {
  #text = "";

  text(name: string, value: string | undefined): this {
    return value === undefined ? this : this.#member(name, jsonString(value));
  }

  number(name: string, value: number): this {
    return this.#member(name, String(value));
  }

  truth(name: string, value: boolean): this {
    return this.#member(name, String(value));
  }

  list(name: string, values: readonly (string | undefined)[]): this {
    if (values.length === 0) return this;
    const items = values.map((value) => value === undefined ? "null" : jsonString(value));
    return this.#member(name, `[${items.join(",")}]`);
  }

  toString(): string {
    return `{${this.#text}}`;
  }

  #member(name: string, json: string): this {
    this.#text += `${this.#text === "" ? "" : ","}"${name}":${json}`;
    return this;
  }
}

/**
 * One access log line as a JSON object. Members are named as HAProxy's log aliases (`ci`, `ST`,
 * `Ta`, …; manual §8.2.6); `t` is ISO 8601 in UTC. Times are milliseconds, -1 for what never
 * happened, sizes bytes. A line that would pass `length` bytes loses its captures and the end of
 * `HU`, and says so with `"truncated":true`.
 */
export function jsonAccessLine(cx: Context, length: number): string {
  const target = cx.received?.target;
  const line = render(cx, target, "whole");
  if (line.length < length || target === undefined) return line;
  const bare = render(cx, "", "truncated");
  return render(cx, target.substring(0, Math.max(0, length - 1 - bare.length)), "truncated");
}

/** A process event as a JSON object. */
export function jsonEventLine(level: number, text: string, now: number): string {
  return new JsonObject()
    .text("t", new Date(now).toISOString())
    .text("level", logLevels[level])
    .text("message", text)
    .toString();
}

function render(cx: Context, target: string | undefined, extent: "whole" | "truncated"): string {
  const object = new JsonObject();
  addConnection(object, cx);
  addTimes(object, cx);
  object
    .number("ST", cx.response?.status ?? 0)
    .number("B", cx.log.bytesToClient)
    .number("U", cx.log.bytesFromClient)
    .text("tsc", cx.log.terminationStateCookie);
  addLoad(object, cx);
  object
    .text("HM", cx.received?.method)
    .text("HU", target)
    .text("HV", cx.received?.version)
    .text("ID", cx.uniqueId());
  if (extent === "whole") {
    object.list("hr", cx.requestCaptures).list("hs", cx.responseCaptures);
  } else object.truth("truncated", true);
  return object.toString();
}

function addConnection(object: JsonObject, cx: Context): void {
  const { client, frontend, backend, server } = cx;
  object
    .text("t", new Date(cx.log.timers.startedAt).toISOString())
    .text("ci", client.src?.toString())
    .number("cp", client.srcPort)
    .text("fi", client.dst?.toString())
    .number("fp", client.dstPort)
    .text("f", frontend.name)
    .text("b", backend?.name)
    .text("s", server?.name)
    .text("si", server?.address?.toString());
}

function addTimes(object: JsonObject, cx: Context): void {
  const { timers } = cx.log;
  object
    .number("Th", timers.handshake)
    .number("Ti", timers.idle)
    .number("TR", timers.request)
    .number("Tw", timers.queue)
    .number("Tc", timers.connect)
    .number("Tr", timers.response)
    .number("Ta", timers.active)
    .number("Tt", timers.total);
}

function addLoad(object: JsonObject, cx: Context): void {
  const { log } = cx;
  object
    .number("ac", cx.process.connections())
    .number("fc", cx.frontend.connections())
    .number("bc", cx.backend?.connections() ?? 0)
    .number("sc", cx.server?.connections() ?? 0)
    .number("rc", log.retries)
    .truth("redispatched", log.redispatched)
    .number("sq", log.serverQueue)
    .number("bq", log.backendQueue);
}
