import type { BackendPlan } from "../../config/backend_plan.ts";
import { ClientHttp1 } from "../http/client_http1.ts";
import type { TcpStream } from "./tcp_stream.ts";

/**
 * A frontend in TCP mode chose a backend that speaks HTTP, or a rule switched to HTTP: the connection
 * is read as HTTP/1 from its first byte on. The first request goes to the backend that was chosen;
 * later ones, or all where none was, are routed on their own.
 */
export function becomeHttp(stream: TcpStream, backend: BackendPlan | undefined): void {
  const { client } = stream;
  const { connection, listener, received } = client;
  stream.leaveToHttp();
  const http = new ClientHttp1(connection, listener, client);
  const { paces } = stream;
  if (backend || paces) http.upgraded = { backend, paces };
  listener.handOn(client, http, received.take());
  if (received.ended) http.onEnd();
}
