/** What Sluice hands to a handler. */
interface Env {
  readonly remoteAddress: string;
  proxy(): Promise<Response>;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    if (pathname === "/whoami") return new Response(env.remoteAddress + "\n");
    // Nothing said: the request goes on as if this handler were not there.
    if (pathname !== "/maybe") return undefined;
    const answer = await env.proxy();
    if (answer.status < 500) return answer;
    return new Response("Back in a minute\n", { status: 503, headers: { "Retry-After": "60" } });
  },
};
