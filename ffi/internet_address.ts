/** `AF_INET` and `AF_INET6` on Linux. */
export const ipv4Family = 2;
export const ipv6Family = 10;

/**
 * A `struct sockaddr_in` or `sockaddr_in6`.
 *
 * @param words the address in 32-bit words, most significant first: one for IPv4, four for IPv6
 */
export function internetAddress(words: readonly number[], port: number): Uint8Array {
  const isIpv4 = words.length === 1;
  const address = new Uint8Array(isIpv4 ? 16 : 28);
  const view = new DataView(address.buffer);
  view.setUint16(0, isIpv4 ? ipv4Family : ipv6Family, true);
  view.setUint16(2, port);
  words.forEach((word, i) => view.setUint32((isIpv4 ? 4 : 8) + 4 * i, word));
  return address;
}

/** The port of either; 0 for an address of another family. */
export function portOf(address: Uint8Array): number {
  const view = new DataView(address.buffer, address.byteOffset);
  const family = view.getUint16(0, true);
  return family === ipv4Family || family === ipv6Family ? view.getUint16(2) : 0;
}
