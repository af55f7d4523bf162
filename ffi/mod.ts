/** Native calls that Bun and Deno don't offer themselves; nothing but the C library is called. */
export { type Libc, libc } from "./libc.ts";
export { SystemCallError } from "./errno.ts";
export { unixAddress, unixFamily } from "./unix_address.ts";
