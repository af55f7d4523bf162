/** An ACL that exists without being declared. */
export interface PredefinedAcl {
  readonly name: string;
  /** What would follow the name on an `acl` line. */
  readonly words: readonly string[];
  readonly doc: string;
}

function row(name: string, words: string, doc: string): PredefinedAcl {
  return { name, words: words.split(" "), doc };
}

/** HAProxy's manual §7.4. */
export const predefinedAcls: readonly PredefinedAcl[] = [
  row("FALSE", "always_false", "never"),
  row("HTTP", "req.proto_http", "the protocol is valid HTTP"),
  row("HTTP_1.0", "req.ver 1.0", "the request is HTTP/1.0"),
  row("HTTP_1.1", "req.ver 1.1", "the request is HTTP/1.1"),
  row("HTTP_2.0", "req.ver 2.0", "the request is HTTP/2"),
  row("HTTP_3.0", "req.ver 3.0", "the request is HTTP/3"),
  row("HTTP_CONTENT", "req.hdr_val(content-length) gt 0", "the request announces a body"),
  row("HTTP_URL_ABS", "url_reg ^[^/:]*://", "the target is absolute, with a scheme"),
  row("HTTP_URL_SLASH", "url_beg /", "the target begins with a slash"),
  row("HTTP_URL_STAR", "url *", "the target is `*`"),
  row("LOCALHOST", "src 127.0.0.1/8 ::1", "the client is on this host"),
  row("METH_CONNECT", "method CONNECT", "the method is CONNECT"),
  row("METH_DELETE", "method DELETE", "the method is DELETE"),
  row("METH_GET", "method GET HEAD", "the method is GET or HEAD"),
  row("METH_HEAD", "method HEAD", "the method is HEAD"),
  row("METH_OPTIONS", "method OPTIONS", "the method is OPTIONS"),
  row("METH_POST", "method POST", "the method is POST"),
  row("METH_PUT", "method PUT", "the method is PUT"),
  row("METH_TRACE", "method TRACE", "the method is TRACE"),
  row("RDP_COOKIE", "req.rdp_cookie_cnt gt 0", "an RDP cookie is in the request buffer"),
  row("REQ_CONTENT", "req.len gt 0", "data is in the request buffer"),
  row("TRUE", "always_true", "always"),
  row("WAIT_END", "wait_end", "content inspection is at its end"),
];
