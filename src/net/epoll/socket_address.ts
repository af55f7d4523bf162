import { ipv4Family, ipv6Family, portOf } from "../../../ffi/mod.ts";
import { Address } from "../../lang/address.ts";

/** `length` bytes that take the address of a socket, and the number that says how many it took. */
export class AddressRoom {
  readonly bytes = new Uint8Array(new ArrayBuffer(128));
  readonly length = new Uint8Array(new ArrayBuffer(4));
  readonly #view = new DataView(this.bytes.buffer);

  /** To be called before every use. */
  clear(): this {
    this.length[0] = this.bytes.length;
    this.length[1] = this.length[2] = this.length[3] = 0;
    this.bytes[0] = this.bytes[1] = 0;
    return this;
  }

  get port(): number {
    return portOf(this.bytes);
  }

  /** Undefined for a unix socket. An IPv4 peer of a dual-stack socket is an IPv4 address, as in HAProxy. */
  get address(): Address | undefined {
    const view = this.#view;
    const family = view.getUint16(0, true);
    if (family === ipv4Family) return Address.v4(view.getUint32(4));
    if (family !== ipv6Family) return undefined;
    const [a, b, c, d] = [8, 12, 16, 20].map((at) => view.getUint32(at));
    const mapped = a === 0 && b === 0 && c === 0xffff;
    return mapped ? Address.v4(d!) : Address.v6(a!, b!, c!, d!);
  }
}
