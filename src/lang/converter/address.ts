import { Address } from "../address.ts";
import { castFor } from "../cast.ts";
import type { ConverterSpec } from "../spec.ts";
import type { Arg } from "../spec.ts";

const toV4 = castFor("addr", "ipv4")!;

function maskOf(arg: Arg | undefined): Address | undefined {
  return arg?.type === "mask4" || arg?.type === "mask6" ? arg.mask : undefined;
}

export const addressConverters = [
  {
    name: "ipmask",
    args: [{ name: "mask4", type: "mask4" }, { name: "mask6", type: "mask6", optional: true }],
    input: "addr",
    output: "addr",
    pure: true,
    doc: "the network of an address by mask; IPv6 needs a mask of its own",
    make: (args: readonly (Arg | undefined)[]) => {
      const mask4 = maskOf(args[0])!;
      const mask6 = maskOf(args[1]);
      return (value) => {
        // An IPv6 address that stands for an IPv4 one takes the IPv4 mask.
        const { family, a, b, c, d } = (toV4(value) ?? value) as Address;
        if (family === 4) return Address.v4(d & mask4.d);
        return mask6 && Address.v6(a & mask6.a, b & mask6.b, c & mask6.c, d & mask6.d);
      };
    },
  },
] satisfies ConverterSpec[];
