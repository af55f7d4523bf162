import type { RandomOriginPorts } from "./random_origins.ts";
import type { RandomDoors } from "./visit.ts";

/** Where the gateway of the random traffic listens, and where its servers do. */
export interface RandomPlaces {
  readonly ports: Readonly<Record<"web" | "impatient" | "tunnel" | "inspected" | "silent", number>>;
  readonly webSocketPath: string;
  readonly originPath: string;
}

const at = (port: number) => ({ hostname: "127.0.0.1", port });

export function randomDoors({ ports, webSocketPath }: RandomPlaces): RandomDoors {
  return {
    web: [at(ports.web), { unix: webSocketPath }],
    impatient: at(ports.impatient),
    tunnels: [at(ports.tunnel), at(ports.inspected)],
    silent: at(ports.silent),
  };
}

/** A configuration that has a way for every kind of client. */
export function randomSite(
  { ports, webSocketPath, originPath }: RandomPlaces,
  origins: RandomOriginPorts,
): string {
  const http = `server s 127.0.0.1:${origins.http}`;
  const tunnel = `server s 127.0.0.1:${origins.tunnel}`;
  return `
defaults
  timeout connect 30s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  mode http
  no option abortonclose
frontend web
  bind 127.0.0.1:${ports.web}
  bind ${webSocketPath}
  use_backend tunnels if { method CONNECT } || { hdr(upgrade) -i websocket }
  use_backend closes if { path_beg /closes }
  use_backend unix if { path_beg /unix }
  default_backend keeps
frontend impatient
  bind 127.0.0.1:${ports.impatient}
  timeout http-request 3s
  timeout http-keep-alive 2s
  timeout client 4s
  use_backend stalls if { path_beg /stalls }
  default_backend keeps
backend keeps
  http-reuse always
  ${http}
backend closes
  option http-server-close
  ${http}
backend unix
  server s unix@${originPath} pool-max-conn 0
backend tunnels
  ${http}
backend stalls
  timeout server 5s
  ${http}
listen tunnel
  mode tcp
  bind 127.0.0.1:${ports.tunnel}
  ${tunnel}
listen inspected
  mode tcp
  bind 127.0.0.1:${ports.inspected}
  tcp-request inspect-delay 20s
  tcp-request content accept if { req.len ge 4 }
  ${tunnel}
listen silent
  mode tcp
  bind 127.0.0.1:${ports.silent}
  timeout client 2s
  timeout server 2s
  timeout tunnel 2s
  ${tunnel}
`;
}
