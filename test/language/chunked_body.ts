/** The body of a chunked request in one raw text; undefined when it is not chunked. */
export function chunkedBody(raw: string): string | undefined {
  const end = raw.indexOf("\r\n\r\n");
  if (!/\r\ntransfer-encoding: chunked/i.test(raw.substring(0, end))) return undefined;
  let body = "";
  for (let at = end + 4;;) {
    const line = raw.indexOf("\r\n", at);
    const size = parseInt(raw.substring(at, line), 16);
    if (!(size > 0)) return body;
    body += raw.substring(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
}
