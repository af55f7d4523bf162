/** Native calls that Bun and Deno don't offer themselves; nothing but the C library is called. */
export { type Libc, libc, openedLibc } from "./libc.ts";
export { errorText, SystemCallError } from "./errno.ts";
export { internetAddress, ipv4Family, ipv6Family, portOf } from "./internet_address.ts";
export { abstractAddress, unixAddress, unixFamily } from "./unix_address.ts";
