import { expect, test } from "bun:test";
import { freePort } from "../support/free_port.ts";
import { naming } from "./stage/origin.ts";
import { Stage } from "./stage/stage.ts";

test("a gateway serves and reloads what a haproxy.cfg says", async () => {
  await using stage = new Stage();
  const origin = await stage.origin(naming("o1"));
  const port = await freePort();
  const configuration = (tag: string) =>
    `# what haproxy would be given
global
    setenv PORT ${port}
    setenv TAG "${tag}"

defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s

frontend www
    bind 127.0.0.1:"$PORT"    # one word
    .if streq("$TAG","first one")
    http-request return status 200 content-type text/plain string "tag is $TAG" if { path /tag }
    .else
    http-request return status 200 content-type text/plain string "now $TAG" if { path /tag }
    .endif
    default_backend app

backend app
    server s1 127.0.0.1:${origin.port}
`;
  const gateway = await stage.gateway(configuration("first one"), { file: "haproxy.cfg" });
  const ask = async (path: string): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return await answer.text();
  };
  expect(await ask("/tag")).toBe("tag is first one");
  expect(await ask("/")).toContain("o1");

  gateway.rewrite(configuration("first one").replace("default_backend", "default_backnd"));
  gateway.signal("SIGHUP");
  expect(await gateway.said("haproxy.cfg:19:5: error: ")).toContain(
    "unknown keyword 'default_backnd' in 'frontend' section; did you mean 'default_backend'?",
  );
  await gateway.said("reload refused");
  expect(await ask("/tag")).toBe("tag is first one");

  gateway.rewrite(configuration("second"));
  gateway.signal("SIGHUP");
  await gateway.said("configuration reloaded");
  expect(await ask("/tag")).toBe("now second");
});
