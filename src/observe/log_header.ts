import type { LogTarget } from "../config/plan.ts";

/** Who sends, as log headers name it. */
export interface LogIdentity {
  /** `log-tag`, "haproxy"'s place. */
  readonly tag: string;
  /** `log-send-hostname`; undefined sends none. */
  readonly hostname: string | undefined;
  readonly pid: number;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** What stands in front of the text of every line to one target; dates are made once a second. */
export class LogHeader {
  #second = -1;
  /** `Nov 24 03:29:29`. */
  #syslogDate = "";
  /** `2026-11-24T03:29:29` and `+00:00`. */
  #isoDate = "";
  #isoZone = "";

  constructor(private readonly target: LogTarget, private readonly identity: LogIdentity) {}

  /** @param now milliseconds since the epoch; a fraction gives the microseconds. */
  text(level: number, now: number): string {
    const priority = this.target.facility * 8 + level;
    switch (this.target.format) {
      case "rfc3164":
        return `<${priority}>${this.#syslog(now)}`;
      case "rfc5424":
        return `<${priority}>1 ${this.#iso(now)} ${this.#sender5424()} - - `;
      case "short":
        return `<${level}>`;
      case "timed":
        return `<${level}>${this.#iso(now)} `;
      case "iso":
        return `${this.#iso(now)} `;
      case "priority":
        return `<${priority}>`;
      case "raw":
      case "json":
        return "";
    }
  }

  #syslog(now: number): string {
    this.#refresh(now);
    const { hostname, tag, pid } = this.identity;
    return `${this.#syslogDate} ${hostname === undefined ? "" : hostname + " "}${tag}[${pid}]: `;
  }

  #sender5424(): string {
    const { hostname, tag, pid } = this.identity;
    return `${hostname ?? "-"} ${tag} ${pid}`;
  }

  #iso(now: number): string {
    this.#refresh(now);
    const micros = String(Math.floor((now % 1000) * 1000)).padStart(6, "0");
    return `${this.#isoDate}.${micros}${this.#isoZone}`;
  }

  #refresh(now: number): void {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return;
    this.#second = second;
    const date = new Date(second * 1000);
    const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
    this.#syslogDate = `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${time}`;
    this.#isoDate = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${
      two(date.getDate())
    }T${time}`;
    const offset = -date.getTimezoneOffset();
    const zone = `${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
    this.#isoZone = (offset < 0 ? "-" : "+") + zone;
  }
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}
