/** The request that every format is tried on. */
export const formatRequest = 'GET /a"b{c}|d]\\?x="1 HTTP/1.1\r\nHost: h\r\n' +
  'User-Agent: a "q" ]\\{\u00e9\x01x\r\nX: \tq"z\\]\u00e9 #{|}\t1\x01x\x7f\r\n\r\n';

/** Formats that stand in a header as well as in a log line. */
export const commonFormats: readonly string[] = [
  "a  b",
  "  a %f  ",
  "%%",
  "%%%f%%",
  "a%",
  'a%]%-%"b',
  "\t%f\t %f",
  "%HM %HP %HPO %HQ %HU %HV",
  "%r",
  "%{+Q}r",
  "%{+E}r",
  "%{+Q,+E}HU",
  "%{+Q}HQ|%{+Q}f|%{+Q}b|%{+Q}s|%{+Q}ft",
  "%f/%b/%s",
  "%{+Q}o%s %f%{-Q}s",
  "%{+Q}o %s  %f",
  "%{+Q}s %s",
  "%{Z}s%{+Z}s%{}s",
  "%si|%sp|%bi|%bp|%sslc|%sslv",
  "%{+Q}si|%{+Q}sslv",
  "%sq/%bq %sc %bc %lc %rc",
  "%ci:%cp %fi:%fp",
  "%{+Q}ci",
  "%hr|%hs",
  "%{+Q}hr %hr",
  "%{+E}hr",
  "%hrl|%hsl",
  "%{+Q}hrl",
  "%{+E}hrl",
  "x %hs %hsl y",
  "%[str( a b )]",
  "%[str(a)]]",
  '%[str("a,b]")]',
  "%[str('a]b')]",
  "%[str( )] %f",
  "%[str()]|%{+Q}s",
  "%[str(%)]",
  "%[int(3)]%[bool(true)]%[ipv6(::1)]%[method]",
  "%[src] %[var(txn.none)] %f",
  "%{+M}CS|%{-M}CS|%CC",
  "%{+Q}ST %ST",
  "%Tc/%Td/%Th/%Tr/%Tw",
];

/** Formats of samples that a log may not hold. */
export const messageFormats: readonly string[] = [
  "%[req.hdr(x)]",
  "%{+Q}[req.hdr(x)]",
  "%{+E}[req.hdr(x)]",
  "%[req.hdr(none)]|%[path]",
  "%[req.hdrs]",
  "%[req.hdr(user-agent),lower]",
];

/** What haproxy refuses, with the text that it gives. */
export const refusedFormats: readonly (readonly [format: string, message: string])[] = [
  ["%nope", "no such format alias 'nope'. If you wanted to emit the '%' character verbatim"],
  ["%ciX", "no such format alias 'ciX'"],
  ["%s1", "no such format alias 's1'"],
  ["x%1", "unexpected variable name near '1' at position 2 line : 'x%1'. Maybe you want to"],
  ["% s", "unexpected variable name near ' ' at position 1 line : '% s'"],
  ["%{+Q}", "parse argument modifier without variable name near '%{+Q}'"],
  ["%{+Q}%s", "parse argument modifier without variable name near '%{+Q}'"],
  ["%[]", "failed to parse sample expression <> : missing fetch method"],
  ["%[ str(a)]", "failed to parse sample expression < str(a)> : missing fetch method"],
  ["%[nope]", "failed to parse sample expression <nope> : unknown fetch method 'nope'"],
  ["%[path", "truncated line after '%[path'"],
  ["%{+Q s", "truncated line after '%{+Q s'"],
  [
    "%[status]",
    "sample fetch <status> may not be reliably used here because it needs 'HTTP response' which is not available here.",
  ],
  [
    "%[be_name]",
    "sample fetch <be_name> may not be reliably used here because it needs 'backend' which is not available here.",
  ],
];
