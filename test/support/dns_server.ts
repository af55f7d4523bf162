import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server, type Socket as Stream } from "node:net";

/** What a name stands for: addresses of both families, a chain of other names, SRV records. */
export interface Entry {
  readonly addresses?: readonly string[];
  /** Names that lead to the addresses, the last of them having these. */
  readonly through?: readonly string[];
  readonly services?: readonly Service[];
  /** Instead of an answer: a code of RFC 1035 §4.1.1, or no answer at all. */
  readonly instead?: "no such name" | "refused" | "failure" | "truncated" | "silence";
}

export interface Service {
  readonly target: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
}

export interface Query {
  readonly name: string;
  readonly type: number;
  readonly over: "udp" | "tcp";
  readonly id: number;
}

const types = { A: 1, CNAME: 5, AAAA: 28, SRV: 33, OPT: 41 } as const;
const codes = { "no such name": 3, refused: 5, failure: 2, truncated: 0 } as const;
const truncated = 0x0200;
const response = 0x8180;
const ttlSeconds = 1;

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "latin1")]),
    Buffer.from([0]),
  ]);
}

function addressBytes(text: string): Buffer {
  if (!text.includes(":")) return Buffer.from(text.split(".").map(Number));
  const [head, tail = ""] = text.split("::") as [string, string?];
  const groups = (part: string) => part === "" ? [] : part.split(":").map((g) => parseInt(g, 16));
  const [front, back] = [groups(head), groups(tail)];
  const gap = text.includes("::") ? 8 - front.length - back.length : 0;
  return Buffer.concat([...front, ...Array<number>(gap).fill(0), ...back].map(u16));
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(ttlSeconds);
  return Buffer.concat([owner, u16(type), u16(1), ttl, u16(data.length), data]);
}

/** Where the question's name stands, as a compression pointer. */
const toQuestion = Buffer.from([0xc0, 12]);

function records(entry: Entry, type: number): Buffer[] {
  const { addresses = [], through = [], services = [] } = entry;
  const chain = through.map((target, i) =>
    record(i === 0 ? toQuestion : nameBytes(through[i - 1]!), types.CNAME, nameBytes(target))
  );
  const owner = through.length === 0 ? toQuestion : nameBytes(through.at(-1)!);
  const wanted = addresses.filter((text) => type === (text.includes(":") ? types.AAAA : types.A));
  return [
    ...(type === types.SRV ? [] : chain),
    ...wanted.map((text) => record(owner, type, addressBytes(text))),
    ...(type === types.SRV ? services : []).map(({ target, port, priority = 0, weight = 1 }) => {
      const fixed = [priority, weight, port].map(u16);
      return record(toQuestion, type, Buffer.concat([...fixed, nameBytes(target)]));
    }),
  ];
}

function readQuery(bytes: Buffer, over: Query["over"]): Query & { readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (; bytes[at]! > 0; at += 1 + bytes[at]!) {
    labels.push(bytes.toString("latin1", at + 1, at + 1 + bytes[at]!));
  }
  const type = bytes.readUInt16BE(at + 1);
  return { name: labels.join("."), type, over, id: bytes.readUInt16BE(0), end: at + 5 };
}

/** A name server on a port of the system, over UDP and TCP, that says what a test wants it to. */
export class DnsServer {
  port = 0;
  readonly zone = new Map<string, Entry>();
  readonly queries: Query[] = [];
  /** The last query, as it came. */
  lastQuery = Buffer.alloc(0);
  #udp: Socket | undefined;
  #tcp: Server | undefined;
  #streams = new Set<Stream>();
  #waiting: (() => void)[] = [];

  async start(): Promise<void> {
    for (let tries = 0; tries < 100; tries++) if (await this.#tryStart()) return;
    throw new Error("No port is free for UDP and TCP");
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    this.#udp?.close();
    await new Promise<void>((done) => this.#tcp ? this.#tcp.close(() => done()) : done());
  }

  /** Queries for a name so far. */
  asked(name: string): number {
    return this.queries.filter((query) => query.name === name).length;
  }

  /** Waits until a name was asked for so often since the start. */
  async untilAsked(name: string, count: number): Promise<void> {
    while (this.asked(name) < count) {
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** The answer to a query, or undefined for silence. May be replaced, to lie. */
  answer = (bytes: Buffer, over: Query["over"]): Buffer | undefined => {
    const { end, ...query } = readQuery(bytes, over);
    const entry = this.zone.get(query.name) ?? { instead: "no such name" };
    const { instead } = entry;
    if (instead === "silence") return undefined;
    const found = instead === undefined ? records(entry, query.type) : [];
    const code = instead === undefined ? 0 : codes[instead];
    const flags = response | code | (instead === "truncated" ? truncated : 0);
    const header = [query.id, flags, 1, found.length, 0, 0].map(u16);
    return Buffer.concat([...header, bytes.subarray(12, end), ...found]);
  };

  async #tryStart(): Promise<boolean> {
    const udp = this.#udp = createSocket("udp4");
    udp.on("error", () => {});
    await new Promise<void>((done) => udp.bind(0, "127.0.0.1", done));
    this.port = udp.address().port;
    udp.on("message", (bytes, from) => {
      const answer = this.#take(bytes, "udp");
      if (answer) udp.send(answer, from.port, from.address);
    });
    const tcp = this.#tcp = createServer((stream) => this.#serve(stream));
    const listens = await new Promise<boolean>((done) => {
      tcp.once("error", () => done(false));
      tcp.listen(this.port, "127.0.0.1", () => done(true));
    });
    if (!listens) udp.close();
    return listens;
  }

  #serve(stream: Stream): void {
    let bytes = Buffer.alloc(0);
    this.#streams.add(stream);
    stream.on("error", () => stream.destroy());
    stream.on("close", () => this.#streams.delete(stream));
    stream.on("data", (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const size = bytes.readUInt16BE(0);
        const answer = this.#take(bytes.subarray(2, 2 + size), "tcp");
        bytes = bytes.subarray(2 + size);
        if (answer) stream.write(Buffer.concat([u16(answer.length), answer]));
      }
    });
  }

  #take(bytes: Buffer, over: Query["over"]): Buffer | undefined {
    this.lastQuery = Buffer.from(bytes);
    const { end: _, ...query } = readQuery(bytes, over);
    this.queries.push(query);
    for (const wake of this.#waiting.splice(0)) wake();
    return this.answer(bytes, over);
  }
}
