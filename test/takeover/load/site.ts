import type { OriginPorts } from "./origins.ts";

/** Where the gateway listens. */
export interface SitePorts {
  readonly web: number;
  readonly tunnel: number;
}

/** A configuration, for haproxy as well, under which each answer says which process gave it to whom. */
export function loadedSite(
  { web, tunnel }: SitePorts,
  origins: OriginPorts,
  globals: readonly string[] = [],
): string {
  return `
global
${globals.map((line) => `  ${line}\n`).join("")}
defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
frontend web
  mode http
  bind 127.0.0.1:${web}
  http-response set-header X-Process %pid
  http-response set-header X-Port %[src_port]
  use_backend connect if { method CONNECT }
  use_backend websocket if { hdr(upgrade) -i websocket }
  default_backend http
backend http
  mode http
  server s 127.0.0.1:${origins.http}
backend connect
  mode http
  server s 127.0.0.1:${origins.connect}
backend websocket
  mode http
  server s 127.0.0.1:${origins.websocket}
listen tunnel
  mode tcp
  bind 127.0.0.1:${tunnel}
  server s 127.0.0.1:${origins.inverting}
`;
}
