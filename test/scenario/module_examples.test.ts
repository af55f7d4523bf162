import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../../scripts/project.ts";
import { freePort } from "../support/free_port.ts";
import { naming } from "./stage/origin.ts";
import { simpleScene, Stage } from "./stage/stage.ts";

const folder = join(project.root, "examples", "modules");

/** What a comment of an example says: a curl line, and what the answer holds. */
interface Promised {
  readonly request: string;
  readonly holds: string;
}

/** The request that a curl line would send; it uses only these options. */
function promisedBy(yaml: string): Promised[] {
  return [...yaml.matchAll(/^# +curl (.*?) +# (.*)$/gm)].map(([, line, holds]) => {
    const [, path] = /http:\/\/127\.0\.0\.1:8090(\/\S*)$/.exec(line!)!;
    const method = /-X (\S+)/.exec(line!)?.[1] ?? "GET";
    const fields = [...line!.matchAll(/-H '([^']*)'/g)].map(([, field]) => field + "\r\n");
    return {
      request: `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields.join("")}\r\n`,
      holds: holds!,
    };
  });
}

/** The `ts` blocks of a page that are modules. */
function modulesOf(page: string): string[] {
  const text = readFileSync(join(project.root, page), "utf8");
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code!)
    .filter((code) => code.includes("export default"));
}

for (const page of ["README.md", "docs/modules.md"]) {
  test(`the module in ${page} is one`, async () => {
    await using stage = new Stage();
    const modules = modulesOf(page);
    expect(modules.length).toBe(1);
    const { port } = await simpleScene(stage, [await stage.origin(naming("o"))], {
      frontend: ["module edge.ts"],
      files: { "edge.ts": modules[0]! },
    });
    const answer = await (await stage.client(port)).ask("GET /maybe HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(answer.body).toStartWith("o GET /maybe ");
  });
}

const names = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

test("there are examples of modules", () => expect(names.length).toBeGreaterThanOrEqual(5));

for (const name of names) {
  test(`examples/modules/${name} does what its comment says`, async () => {
    await using stage = new Stage();
    const yaml = readFileSync(join(folder, name), "utf8");
    const module = name.replace(".yaml", ".ts");
    const origin = await stage.origin(async (peer) => {
      for (;;) {
        const { start } = await peer.request();
        const body = `app: ${start.replace(" HTTP/1.1", "")}\n`;
        peer.send(
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain;charset=utf-8\r\n" +
            `Content-Length: ${body.length}\r\n\r\n${body}`,
        );
      }
    });
    const port = await freePort();
    await stage.gateway(
      yaml.replace("127.0.0.1:8090\n", `127.0.0.1:${port}\n`).replace(":9002", `:${origin.port}`),
      { files: { [module]: readFileSync(join(folder, module), "utf8") } },
    );
    const promised = promisedBy(yaml);
    expect(promised.length).toBeGreaterThan(1);
    for (const { request, holds } of promised) {
      const answer = await (await stage.client(port)).ask(request);
      const fields = answer.headers.map(([field, value]) => `${field.toLowerCase()}: ${value}`);
      expect([answer.start, ...fields, answer.body].join("\n")).toContain(holds);
    }
  });
}
