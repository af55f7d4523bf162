import { Address } from "../../lang/address.ts";
import type { NameServerSettings } from "../../dns/settings.ts";
import type { Site } from "./site.ts";

/** Where the system says which name servers it asks (resolv.conf(5)). */
export const systemResolverFile = "/etc/resolv.conf";
const domainPort = 53;

/** The system's name servers, named by their addresses; undefined when the file can't be read. */
export function systemNameServers(site: Site): readonly NameServerSettings[] | undefined {
  let text: string;
  try {
    text = site.options.readFile(systemResolverFile);
  } catch {
    return undefined;
  }
  return text.split("\n").flatMap((line): NameServerSettings[] => {
    const host = /^[ \t]*nameserver[ \t]+([^ \t#;]+)/.exec(line)?.[1];
    if (host === undefined || !Address.parse(host)) return [];
    return [{ name: host, over: "udp", host, port: domainPort }];
  });
}
