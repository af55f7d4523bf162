import type { ServerPlan } from "../config/server_plan.ts";
import type { Address } from "../lang/address.ts";
import type { ClientFacts, Context } from "../lang/context.ts";
import type { Connection } from "../net/connection.ts";
import { type AddressPair, type Tlv, tlvType } from "../net/proxy_protocol/header.ts";
import { writeV1, writeV2 } from "../net/proxy_protocol/write.ts";

/**
 * What a new connection to `server` begins with, latin1: `send-proxy`'s header with the client's
 * addresses as rules see them; "" where the server wants none.
 */
export function proxyHeaderFor(server: ServerPlan, cx: Context): string {
  const { sendProxy } = server;
  if (!sendProxy) return "";
  const pair = addressesOf(cx.client);
  if (sendProxy.version === 1) return writeV1(pair);
  const { options } = sendProxy;
  const tlvs: (Tlv | "checksum")[] = [];
  for (const { type, value } of sendProxy.tlvs) tlvs.push({ type, value: value.render(cx) });
  if (options.has("crc32c")) tlvs.push("checksum");
  const authority = options.has("authority") ? receivedAuthority(cx.client) : undefined;
  if (authority !== undefined) tlvs.push({ type: tlvType.authority, value: authority });
  const uniqueId = options.has("unique-id") ? cx.uniqueId() ?? "" : undefined;
  if (uniqueId !== undefined) tlvs.push({ type: tlvType.uniqueId, value: uniqueId });
  return writeV2(pair, tlvs);
}

/**
 * What a health check's connection begins with: the connection's own addresses, `LOCAL` without any
 * in version 2 unless its server fails at it.
 */
export function checkProxyHeader(
  { sendProxy, checksSayLocal }: ServerPlan,
  { local, localPort, remote, remotePort }: Connection,
): string {
  const pair = pairOf(local, localPort, remote, remotePort);
  if (sendProxy?.version !== 2) return writeV1(pair);
  const tlvs = sendProxy.options.has("crc32c") ? ["checksum" as const] : [];
  return writeV2(checksSayLocal ? undefined : pair, tlvs);
}

/** Whether checks of this server begin with a header: not when they go elsewhere, unless told. */
export function checkSendsProxy(server: ServerPlan): boolean {
  if (server.checkSendProxy) return true;
  return server.sendProxy !== undefined && server.checkHost === undefined &&
    server.checkPort === undefined;
}

function addressesOf({ src, srcPort, dst, dstPort }: ClientFacts): AddressPair | undefined {
  return pairOf(src, srcPort, dst, dstPort);
}

function pairOf(
  src: Address | undefined,
  srcPort: number,
  dst: Address | undefined,
  dstPort: number,
): AddressPair | undefined {
  return src && dst ? { src, srcPort, dst, dstPort } : undefined;
}

/** There is no TLS whose server name would say it: only a header received does. */
function receivedAuthority({ proxyTlvs }: ClientFacts): string | undefined {
  return proxyTlvs?.find((tlv) => tlv.type === tlvType.authority)?.value;
}
