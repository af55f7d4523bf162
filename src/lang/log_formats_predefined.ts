/**
 * HAProxy's own log formats as format strings (manual §8.2), to be compiled by `parseLogFormat` with
 * `forLog`.
 */
export const predefinedLogFormats = {
  /** `option httplog`. */
  httplog: "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc " +
    "%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r",
  /** `option httpslog`; its fields on TLS errors need fetches of TLS. */
  httpslog: "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc " +
    "%ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r " +
    "%[fc_err]/%[ssl_fc_err,hex]/%[ssl_c_err]/%[ssl_c_ca_err]/%[ssl_fc_is_resumed] " +
    "%[ssl_fc_sni]/%sslv/%sslc",
  /** `option httplog clf`. */
  clf: '%{+Q}o %{-Q}ci - - [%trg] %r %ST %B "" "" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta %tsc ' +
    "%ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl",
  /** `option tcplog`. */
  tcplog: "%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq",
  /** A connection that failed before there was anything to log of it. */
  error: "%ci:%cp [%t] %ft/%[so_name]:",
  /** Neither `option httplog` nor `option tcplog`. */
  default: "Connect from %ci:%cp to %fi:%fp (%f/HTTP)",
  "default tcp": "Connect from %ci:%cp to %fi:%fp (%f/TCP)",
} as const;

export type PredefinedLogFormat = keyof typeof predefinedLogFormats;
