import { Address } from "../lang/address.ts";
import type { ConnectionFault } from "../lang/context.ts";
import type { Value } from "../lang/value.ts";
import { clock } from "../net/clock.ts";
import type { Connection } from "../net/connection.ts";
import type { ProxyHeader, Tlv } from "../net/proxy_protocol/header.ts";
import type { ClientListener } from "./listener.ts";
import type { ClientDescription, PlaceDescription } from "./move/description.ts";
import { describeVariables, reviveVariables } from "./move/values.ts";
import type { StreamClient } from "./stream.ts";

/** What rules and logs may know of a client's connection, whatever protocol is spoken on it. */
export class ConnectedClient implements StreamClient {
  acceptedAt: number = clock.epoch(clock.now);
  requestCount = 0;
  /** `set-var(sess.x)`. */
  variables: Map<string, Value> | undefined;
  /** How long what came before the session took. */
  handshakeMs = 0;
  fault: ConnectionFault | undefined;
  /** Values of the PROXY header it began with; undefined without one. */
  #tlvs: readonly Tlv[] | undefined;
  /** `set-src`, `set-dst`: instead of the connection's own addresses. */
  #src: Address | undefined | null = null;
  #srcPort: number | undefined;
  #dst: Address | undefined | null = null;
  #dstPort: number | undefined;

  constructor(readonly connection: Connection, readonly listener: ClientListener) {}

  /** Goes on with what was learnt of the same connection before it was known what it speaks. */
  inherit(earlier: ConnectedClient): void {
    this.acceptedAt = earlier.acceptedAt;
    this.requestCount = earlier.requestCount;
    this.variables = earlier.variables;
    this.handshakeMs = earlier.handshakeMs;
    this.#tlvs = earlier.#tlvs;
    this.#src = earlier.#src;
    this.#srcPort = earlier.#srcPort;
    this.#dst = earlier.#dst;
    this.#dstPort = earlier.#dstPort;
  }

  get src(): Address | undefined {
    return this.#src === null ? this.connection.remote : this.#src;
  }

  set src(address: Address | undefined) {
    this.#src = address;
  }

  get srcPort(): number {
    return this.#srcPort ?? this.connection.remotePort;
  }

  set srcPort(port: number) {
    this.#srcPort = port;
  }

  get dst(): Address | undefined {
    return this.#dst === null ? this.connection.local : this.#dst;
  }

  set dst(address: Address | undefined) {
    this.#dst = address;
  }

  get dstPort(): number {
    return this.#dstPort ?? this.connection.localPort;
  }

  set dstPort(port: number) {
    this.#dstPort = port;
  }

  get peer(): Address | undefined {
    return this.connection.remote;
  }

  get peerPort(): number {
    return this.connection.remotePort;
  }

  get local(): Address | undefined {
    return this.connection.local;
  }

  get localPort(): number {
    return this.connection.localPort;
  }

  /**
   * The connection began with this header, for which it waited since `startedAt` (a reading of the
   * clock). Only a PROXY command for TCP says whose connection it is.
   */
  handshaken(startedAt: number, header?: ProxyHeader): void {
    this.acceptedAt = clock.epoch(startedAt);
    this.handshakeMs = Math.round(clock.now) - Math.round(startedAt);
    this.#tlvs = header?.tlvs;
    if (!header || header.addresses.family === "unknown" || header.addresses.family === "unix") {
      return;
    }
    const { src, srcPort, dst, dstPort } = header.addresses;
    this.#src = src;
    this.#srcPort = srcPort;
    this.#dst = dst;
    this.#dstPort = dstPort;
  }

  get proxied(): boolean {
    return this.#tlvs !== undefined;
  }

  get proxyTlvs(): readonly Tlv[] | undefined {
    return this.#tlvs;
  }

  /** In words that another process understands. */
  describe(): ClientDescription {
    return {
      acceptedAt: this.acceptedAt,
      requests: this.requestCount,
      src: describePlace(this.#src, this.#srcPort),
      dst: describePlace(this.#dst, this.#dstPort),
      tlvs: this.#tlvs?.map(({ type, value }) => ({ type, value })) ?? null,
      handshakeMs: this.handshakeMs,
      variables: describeVariables(this.variables),
    };
  }

  /** Goes on with what another process knew of the same connection. */
  revive(described: ClientDescription): void {
    this.acceptedAt = described.acceptedAt;
    this.requestCount = described.requests;
    this.handshakeMs = described.handshakeMs;
    this.variables = reviveVariables(described.variables);
    this.#tlvs = described.tlvs ?? undefined;
    this.#src = reviveAddress(described.src);
    this.#srcPort = described.src.port;
    this.#dst = reviveAddress(described.dst);
    this.#dstPort = described.dst.port;
  }

  readonly httpMajor = 1;

  get listenerId(): number {
    return this.listener.bind.id;
  }

  get listenerName(): string {
    return this.listener.bind.name;
  }

  listenerConnections(): number {
    return this.listener.connections;
  }
}

/** `null` is the connection's own address, undefined that there is none. */
function describePlace(
  address: Address | undefined | null,
  port: number | undefined,
): PlaceDescription {
  if (address === null) return { port };
  return { address: address?.toString() ?? null, port };
}

function reviveAddress({ address }: PlaceDescription): Address | undefined | null {
  if (address === undefined) return null;
  return address === null ? undefined : Address.parse(address);
}
