/** Names that HAProxy has and Sluice does not, with the reason. */
interface UnsupportedNames {
  readonly why: string;
  readonly names: readonly string[];
}

const tls = "there is no TLS";
const stickTables = "there are no stick tables";
const http2 = "there is no HTTP/2 and no QUIC";
const haproxyInside = "it tells how HAProxy works inside";
const kernel = "the kernel's figures about a connection are not asked for";
const detection = "device detection is not there";
const encapsulation = "packets of lower layers are not taken apart";
const notYet = "it is not there yet";

/** `sc0_`, `sc1_` … in front of each name. */
function each(prefixes: string, names: string): string[] {
  return prefixes.split(" ").flatMap((prefix) => names.split(" ").map((name) => prefix + name));
}

/** What a stick table counts of an entry. */
const counters = "bytes_in_rate bytes_out_rate clr_gpc0 clr_gpc1 conn_cnt conn_cur conn_rate " +
  "glitch_cnt glitch_rate gpc0_rate gpc1_rate http_err_cnt http_err_rate http_fail_cnt " +
  "http_fail_rate http_req_cnt http_req_rate inc_gpc0 inc_gpc1 kbytes_in kbytes_out sess_cnt " +
  "sess_rate";

const secrets = "client_early_traffic_secret client_handshake_traffic_secret client_random " +
  "client_traffic_secret_0 early_exporter_secret exporter_secret server_handshake_traffic_secret " +
  "server_random server_traffic_secret_0 session_id session_key unique_id";

const unsupportedFetches: readonly UnsupportedNames[] = [
  {
    why: tls,
    names: [
      "ssl_bc",
      ...each("ssl_bc_ ssl_fc_", secrets),
      ...each(
        "ssl_bc_ ssl_fc_",
        "alg_keysize alpn cipher curve err err_str is_resumed npn protocol sni use_keysize",
      ),
      ...each(
        "ssl_fc_",
        "cipherlist_bin cipherlist_hex cipherlist_str cipherlist_xxh crtname early_rcvd " +
          "ecformats_bin eclist_bin extlist_bin has_crt has_early has_sni protocol_hello_id " +
          "sigalgs_bin sni_end sni_reg supported_versions_bin",
      ),
      ...each(
        "ssl_c_ ssl_f_ ssl_s_",
        "der i_dn key_alg notafter notbefore s_dn serial sha1 sig_alg version",
      ),
      ...each("ssl_c_ ssl_s_", "chain_der"),
      ...each("ssl_c_", "ca_err ca_err_depth err policies r_dn san used verify"),
    ],
  },
  {
    why: stickTables,
    names: [
      ...each("sc_ sc0_ sc1_ sc2_ src_", `${counters} get_gpc0 get_gpc1 get_gpt0`),
      ...each("sc_ sc0_ sc1_ sc2_", "key tracked trackers"),
      ...each("sc_ src_", "clr_gpc get_gpc get_gpt gpc_rate inc_gpc"),
      "sc1_clr_gpc",
      "src_updt_conn_cnt",
      "table_avl",
      "table_cnt",
    ],
  },
  { why: "there is no cache", names: ["res.cache_hit", "res.cache_name"] },
  { why: "nothing is compressed", names: ["res.comp", "res.comp_algo"] },
  {
    why: http2,
    names: [
      ...each("bc_ fc_", "glitches nb_streams settings_streams_limit"),
      ...each("bs. fs.", "aborted debug_str id rst_code"),
      "quic_enabled",
    ],
  },
  {
    why: haproxyInside,
    names: [
      ...each("cpu_", "calls ns_avg ns_tot usage_grp usage_proc usage_thr"),
      ...each("lat_", "ns_avg ns_tot"),
      ...each("last_", "entity rule_file rule_line"),
      ...each(
        "internal.htx",
        ".data .free .free_data .has_eom .nbblks .size .used _blk.size _blk.type _blk.data " +
          "_blk.hdrname _blk.hdrval _blk.start_line",
      ),
      "dump_all_vars",
      "internal.strm.is_htx",
      "term_events",
      "tgroup",
      "thread",
      "waiting_entity",
    ],
  },
  {
    why: kernel,
    names: [
      ...each("bc_ fc_", "rtt rttvar"),
      ...each("fc_", "fackets lost reordering retrans sacked saved_syn unacked"),
    ],
  },
  { why: "there is no FastCGI", names: ["fcgi.docroot", "fcgi.index"] },
  { why: "there is no SPOE", names: ["spoe.engine-id"] },
  {
    why: notYet,
    names: [
      ...each("bc_", "err err_name err_str http_major reused"),
      ...each("be_ cur_ fe_", "tarpit_timeout"),
      ...each(
        "be_ cur_",
        "connect_timeout max_retries queue_timeout server_timeout tunnel_timeout",
      ),
      ...each("cur_ fe_", "client_timeout"),
      ...each("distcc_", "body param"),
      ...each("prio_", "class offset"),
      ...each("req.ssl_", "cipherlist keyshare_groups sigalgs supported_groups"),
      ...each("srv_", "conn_free iweight uweight weight"),
      "be_conn_free",
      "fc_err_name",
      "fe_defbe",
      "req.bytes_out",
      "uptime",
    ],
  },
];

const unsupportedConverters: readonly UnsupportedNames[] = [
  { why: tls, names: ["x509_v_err_str"] },
  {
    why: stickTables,
    names: [
      ...each("table_", counters),
      ...each(
        "table_",
        "clr_gpc expire gpc gpc0 gpc1 gpc_rate gpt gpt0 idle inc_gpc server_id trackers",
      ),
      "in_table",
    ],
  },
  { why: detection, names: ["51d.single", "da-csv-conv"] },
  {
    why: encapsulation,
    names: [
      ...each("eth.", "data dst hdr proto src vlan"),
      ...each("ip.", "data df dst fp hdr proto src tos ttl ver"),
      ...each("tcp.", "dst flags options_list seq src win"),
      ...each("tcp.options.", "mss sack tsopt tsval wscale wsopt"),
    ],
  },
  { why: haproxyInside, names: ["debug"] },
  {
    why: notYet,
    names: [
      ...each("fix_", "is_valid tag_value"),
      ...each("jwt_decrypt_", "cert jwk secret"),
      ...each("mqtt_", "field_value is_valid"),
      "protobuf",
      "ungrpc",
      "xxh3",
    ],
  },
];

function reasons(groups: readonly UnsupportedNames[]): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (const { why, names } of groups) {
    for (const name of names) {
      if (byName.has(name)) throw new Error(`'${name}' is named as unsupported twice`);
      byName.set(name, why);
    }
  }
  return byName;
}

/** Why a fetch or a converter of HAProxy's is not there, by name. */
export const fetchesMissing: ReadonlyMap<string, string> = reasons(unsupportedFetches);
export const convertersMissing: ReadonlyMap<string, string> = reasons(unsupportedConverters);
