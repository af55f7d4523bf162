import { predefinedLogFormats } from "../lang/log_formats_predefined.ts";
import { haproxyVersion } from "./haproxy_version.ts";

/**
 * Variables that HAProxy defines for every configuration (manual §2.3), whatever the environment
 * says of them. `HAPROXY_MWORKER` is set by who starts the workers.
 */
export function predefinedVariables(
  files: readonly string[],
  localPeer: string,
): Readonly<Record<string, string>> {
  return {
    HAPROXY_BRANCH: haproxyVersion.split("-")[0]!,
    HAPROXY_CFGFILES: files.join(";"),
    HAPROXY_HTTP_CLF_LOG_FMT: predefinedLogFormats.clf,
    HAPROXY_HTTP_LOG_FMT: predefinedLogFormats.httplog,
    HAPROXY_HTTPS_LOG_FMT: predefinedLogFormats.httpslog,
    HAPROXY_LOCALPEER: localPeer,
    HAPROXY_STARTUP_VERSION: haproxyVersion,
    HAPROXY_TCP_LOG_FMT: predefinedLogFormats.tcplog,
  };
}
