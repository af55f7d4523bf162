import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { project } from "../../scripts/project.ts";
import { freePort } from "../support/free_port.ts";
import { naming } from "./stage/origin.ts";
import type { Peer } from "./stage/peer.ts";
import { section, simpleConfiguration, simpleScene, Stage } from "./stage/stage.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** Who answered, by the first word of the body. */
async function whom(client: Peer): Promise<string> {
  return (await client.ask(get("/"))).body.split(" ")[0]!;
}

const refusal = "reload refused: the running configuration stays";

describe("a reload by SIGHUP", () => {
  test("is followed by the next request of a connection that was open before", async () => {
    await using stage = new Stage();
    const [one, two] = [await stage.origin(naming("one")), await stage.origin(naming("two"))];
    const { gateway, port } = await simpleScene(stage, [one]);
    const clients = await Promise.all(Array.from({ length: 20 }, () => stage.client(port)));
    for (const client of clients) expect(await whom(client)).toBe("one");
    gateway.rewrite(simpleConfiguration(port, [two.port]));
    gateway.signal("SIGHUP");
    await gateway.said("configuration reloaded");
    for (const client of clients) expect(await whom(client)).toBe("two");
    expect(await whom(await stage.client(port))).toBe("two");
  });

  test("lets what is being served end under the plan it started with", async () => {
    await using stage = new Stage();
    const [old, next] = [await stage.origin(), await stage.origin(naming("next"))];
    const { gateway, port } = await simpleScene(stage, [old], {
      frontend: ["http-response set-header X-Plan old"],
    });
    const waiting = await stage.client(port);
    waiting.send(get("/waiting"));
    const first = await old.accept();
    await first.request();
    const downloading = await stage.client(port);
    downloading.send(get("/download"));
    const second = await old.accept();
    await second.request();
    second.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour");
    await downloading.until("four");
    const uploading = await stage.client(port);
    uploading.send("PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\nhalf");
    const third = await old.accept();
    await third.until("half");

    gateway.rewrite(simpleConfiguration(port, [next.port], {
      frontend: ["http-response set-header X-Plan new"],
    }));
    gateway.signal("SIGHUP");
    await gateway.said("configuration reloaded");

    first.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold");
    const answer = await waiting.answer();
    expect([answer.body, answer.headers.at(-1)]).toEqual(["old", ["X-Plan", "old"]]);
    second.send("more");
    expect(await downloading.bytes(4)).toBe("more");
    uploading.send("done");
    expect(await third.bytes(4)).toBe("done");
    third.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    expect((await uploading.answer("PUT")).start).toBe("HTTP/1.1 201 Created");
    for (const client of [waiting, downloading, uploading]) expect(await whom(client)).toBe("next");
  });

  test("drops nothing while requests come without a pause", async () => {
    await using stage = new Stage();
    const origins = [await stage.origin(naming("one")), await stage.origin(naming("two"))];
    const { gateway, port } = await simpleScene(stage, [origins[0]!]);
    let going = true;
    let answered = 0;
    let counted: (() => void) | undefined;
    const busy = Array.from({ length: 8 }, async () => {
      const client = await stage.client(port);
      while (going) {
        expect(["one", "two"]).toContain(await whom(client));
        answered++;
        counted?.();
      }
    });
    for (let i = 1; i <= 10; i++) {
      gateway.rewrite(simpleConfiguration(port, [origins[i % 2]!.port]));
      gateway.signal("SIGHUP");
      const enough = answered + 40;
      await gateway.said("configuration reloaded", i);
      await new Promise<void>((resolve) => {
        counted = () => answered >= enough && resolve();
        counted();
      });
    }
    going = false;
    await Promise.all(busy);
    expect(answered).toBeGreaterThanOrEqual(400);
    gateway.signal("SIGTERM");
    expect(await gateway.exited()).toBe(0);
    expect(gateway.output.match(/ fe be\/s1 \S+ 200 /g)).toHaveLength(answered);
  });

  test("with errors changes nothing, and says every one of them", async () => {
    await using stage = new Stage();
    const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("one"))]);
    const client = await stage.client(port);
    gateway.rewrite(
      simpleConfiguration(port, [1], { frontend: ["http-request dney", "use_backend no"] }),
    );
    gateway.signal("SIGHUP");
    await gateway.said(refusal);
    expect(gateway.output).toMatch(/sluice\.yaml:\d+:\d+: error: .*'dney'/);
    expect(gateway.output).toContain("unable to find required use_backend: 'no'");
    expect(await whom(client)).toBe("one");
    expect(await whom(await stage.client(port))).toBe("one");
  });

  test("opens what is added and closes what is removed", async () => {
    await using stage = new Stage();
    const origin = await stage.origin();
    const { gateway, port } = await simpleScene(stage, [origin]);
    const idle = await stage.client(port);
    idle.send(get("/"));
    const first = await origin.accept();
    await first.request();
    first.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    await idle.answer();
    const busy = await stage.client(port);
    busy.send(get("/"));
    const server = await origin.accept();
    await server.request();
    const other = await freePort();
    gateway.rewrite(simpleConfiguration(other, [origin.port]));
    gateway.signal("SIGHUP");
    await gateway.said("configuration reloaded");
    expect(await idle.end()).toBe("");
    await expect(stage.client(port)).rejects.toThrow();
    server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    const last = await busy.answer();
    expect([last.body, last.headers.at(-1)]).toEqual(["ok", ["Connection", "close"]]);
    await busy.end();
    const added = await stage.client(other);
    added.send(get("/"));
    expect((await (await origin.accept()).request()).start).toBe("GET / HTTP/1.1");
  });

  test("that can't bind all it names changes nothing", async () => {
    await using stage = new Stage();
    const [one, two] = [await stage.origin(naming("one")), await stage.origin(naming("two"))];
    const { gateway, port } = await simpleScene(stage, [one]);
    const free = await freePort();
    gateway.rewrite(simpleConfiguration(port, [two.port], {
      frontend: [`bind 127.0.0.1:${free}`, `bind 127.0.0.1:${one.port}`],
    }));
    gateway.signal("SIGHUP");
    await gateway.said(refusal);
    expect(gateway.output).toContain(
      `cannot bind socket (Address already in use) for [127.0.0.1:${one.port}]`,
    );
    expect(await whom(await stage.client(port))).toBe("one");
    await expect(stage.client(free)).rejects.toThrow();
  });

  test("mounts a changed module; one that can't be loaded changes nothing", async () => {
    await using stage = new Stage();
    const module = (text: string) => `export default { fetch: () => new Response("${text} ") };\n`;
    const { gateway, port } = await simpleScene(stage, [await stage.origin()], {
      frontend: ["module edge.ts"],
      files: { "edge.ts": module("first") },
    });
    const client = await stage.client(port);
    expect(await whom(client)).toBe("first");
    writeFileSync(join(gateway.folder, "edge.ts"), module("second"));
    gateway.signal("SIGHUP");
    await gateway.said("configuration reloaded");
    expect(await whom(client)).toBe("second");
    writeFileSync(join(gateway.folder, "edge.ts"), "this is no module");
    gateway.signal("SIGHUP");
    await gateway.said(refusal);
    expect(await whom(client)).toBe("second");
  });

  test("opens a log file again that was moved away", async () => {
    await using stage = new Stage();
    const port = await freePort();
    const origin = await stage.origin(naming("one"));
    const folder = mkdtempSync(join(tmpdir(), "sluice-story-log-"));
    const path = join(folder, "access.log");
    try {
      const configuration = simpleConfiguration(port, [origin.port], {
        frontend: [`log file@${path} format raw local0`],
      });
      const gateway = await stage.gateway(configuration);
      const client = await stage.client(port);
      await client.ask(get("/before"));
      await gateway.said("GET /before");
      renameSync(path, path + ".1");
      gateway.signal("SIGHUP");
      await gateway.said("configuration reloaded");
      await client.ask(get("/after"));
      gateway.signal("SIGTERM");
      await gateway.exited();
      expect(readFileSync(path + ".1", "utf8")).toContain("GET /before");
      expect(readFileSync(path, "utf8")).toContain("GET /after");
      expect(readFileSync(path, "utf8")).not.toContain("GET /before");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("--watch", () => {
  test("reloads when the file is written, replaced, or a module of its changes", async () => {
    await using stage = new Stage();
    const [one, two] = [await stage.origin(naming("one")), await stage.origin(naming("two"))];
    const { gateway, port } = await simpleScene(stage, [one], { args: ["--watch"] });
    const client = await stage.client(port);
    expect(await whom(client)).toBe("one");
    gateway.rewrite(simpleConfiguration(port, [two.port]));
    await gateway.said("configuration reloaded");
    expect(await whom(client)).toBe("two");
    const module = join(gateway.folder, "edge.ts");
    writeFileSync(module, `export default { fetch: () => new Response("first ") };\n`);
    const replacement = join(gateway.folder, "next");
    writeFileSync(
      replacement,
      simpleConfiguration(port, [one.port], { frontend: ["module edge.ts"] }),
    );
    renameSync(replacement, gateway.file);
    await gateway.said("configuration reloaded", 2);
    expect(await whom(client)).toBe("first");
    writeFileSync(module, `export default { fetch: () => new Response("second ") };\n`);
    await gateway.said("configuration reloaded", 3);
    expect(await whom(client)).toBe("second");
  });

  test("reloads when a list that the configuration names changes", async () => {
    await using stage = new Stage();
    const folder = mkdtempSync(join(tmpdir(), "sluice-story-list-"));
    const list = join(folder, "bad.lst");
    try {
      writeFileSync(list, "/other\n");
      const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("one"))], {
        frontend: [`http-request deny if { path -f ${list} }`],
        args: ["--watch"],
      });
      const client = await stage.client(port);
      expect((await client.ask(get("/bad"))).start).toContain(" 200 ");
      writeFileSync(list, "/bad\n");
      await gateway.said("configuration reloaded");
      expect((await client.ask(get("/bad"))).start).toContain(" 403 ");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the start", () => {
  test("with a port taken: exit 1, the line that asked for it, and nothing is bound", async () => {
    await using stage = new Stage();
    const taken = await stage.origin();
    const free = await freePort();
    const gateway = stage.launch(
      section("defaults", [
        "mode http",
        "timeout connect 1s",
        "timeout client 1s",
        "timeout server 1s",
      ]) +
        section("frontend first", [`bind 127.0.0.1:${free}`]) +
        section("frontend second", [`bind 127.0.0.1:${taken.port}`]),
    );
    expect(await gateway.exited()).toBe(1);
    expect(gateway.output).toBe(
      `${gateway.file}:9:4: error: Starting frontend second: cannot bind socket ` +
        `(Address already in use) for [127.0.0.1:${taken.port}]\n`,
    );
    await expect(stage.client(free)).rejects.toThrow();
  });

  test("with nothing that listens: exit 1, and it says so", async () => {
    await using stage = new Stage();
    const gateway = stage.launch(section("backend app", ["server s 127.0.0.1:1"]));
    expect(await gateway.exited()).toBe(1);
    expect(gateway.output).toContain("[alert] No enabled listener found");
  });

  test("with a wrong configuration: exit 1, every error, and nothing is bound", async () => {
    await using stage = new Stage();
    const port = await freePort();
    const gateway = stage.launch(
      simpleConfiguration(port, [1], { frontend: ["acl a nonsense", "http-request dney"] }),
    );
    expect(await gateway.exited()).toBe(1);
    expect(gateway.output.match(/: error: /g)).toHaveLength(2);
    expect(gateway.output).not.toContain("listens on");
  });

  test("SIGINT ends it", async () => {
    await using stage = new Stage();
    const { gateway, port } = await simpleScene(stage, [await stage.origin(naming("o"))]);
    const client = await stage.client(port);
    await client.ask(get("/"));
    gateway.signal("SIGINT");
    expect(await gateway.exited()).toBe(0);
    expect(await client.end()).toBe("");
  });
});

const demo = readFileSync(join(project.root, "examples", "demo.yaml"), "utf8");

/** The demo's configuration with ports of this story. */
function demoWith(ports: Readonly<Record<number, number>>): string {
  return demo.replace(/127\.0\.0\.1:(\d+)/g, (_, port) => `127.0.0.1:${ports[Number(port)]}`);
}

const binary = process.env.SLUICE_BIN;

describe("the compiled file", () => {
  test.skipIf(binary === undefined)("serves the demo from an empty folder, alone", async () => {
    await using stage = new Stage();
    const folder = mkdtempSync(join(tmpdir(), "sluice-story-alone-"));
    try {
      const alone = join(folder, "sluice");
      cpSync(binary!, alone);
      const [app, pictures] = [
        await stage.origin(naming("app")),
        await stage.origin(naming("pic")),
      ];
      const port = await freePort();
      const configuration = demoWith({ 8080: port, 9001: pictures.port, 9002: app.port });
      const gateway = await stage.gateway(configuration, { command: [alone], file: "demo.yaml" });
      const client = await stage.client(port);
      expect(await whom(client)).toBe("app");
      expect((await client.ask(get("/img/logo.png"))).body).toStartWith("pic ");
      expect((await client.ask(get("/old/page"))).start).toStartWith("HTTP/1.1 301 ");
      expect(readdirSync(dirname(gateway.file))).toEqual(["demo.yaml"]);
      expect(readdirSync(folder)).toEqual(["sluice"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** `npm start`, as npm runs it: the script of package.json by a shell, which gets npm's signals. */
class Demo implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "sluice-story-demo-"));
  said = "";
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #saying: Promise<unknown>;
  readonly #ready = Promise.withResolvers<void>();

  constructor(ports: readonly number[]) {
    const { scripts } = JSON.parse(readFileSync(join(project.root, "package.json"), "utf8"));
    this.#child = Bun.spawn(["sh", "-c", `${scripts.start} ${ports.join(" ")}`], {
      cwd: project.root,
      env: { ...process.env, TMPDIR: this.folder },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    // Nobody is left who could write, once this has ended.
    this.#saying = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
    void this.#saying.then(() => this.#ready.reject(new Error(`The demo ended: ${this.said}`)));
    this.#ready.promise.catch(() => {});
  }

  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves to the exit status, once every process that it has started is gone. */
  async end(signal: "SIGINT" | "SIGTERM"): Promise<number> {
    this.#child.kill(signal);
    await this.#saying;
    return await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGTERM");
    rmSync(this.folder, { recursive: true });
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of stream) {
      this.said += Buffer.from(bytes).toString("latin1");
      if (this.said.includes("Ctrl-C stops everything")) this.#ready.resolve();
    }
  }
}

const lockOf = (path: string) => existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
const installed = Bun.which("node") !== null &&
  createHash("sha256").update(lockOf(join(project.root, "package-lock.json"))).digest("hex") ===
    lockOf(join(project.root, "node_modules", ".sluice-lock")).toString();

describe.skipIf(!installed)("the demo", () => {
  test("answers the curl lines that it prints, and logs nothing before", async () => {
    await using stage = new Stage();
    const ports = [await freePort(), await freePort(), await freePort()];
    await using demo = new Demo(ports);
    await demo.ready();
    expect(demo.said).not.toContain("HTTP/1.1");
    const expected = [
      "app: GET / from 127.0.0.1",
      "static: GET /img/logo.png",
      "static: GET /any",
    ];
    const lines = [
      ...demo.said.matchAll(/curl -i (?:-H '([^']*)' )?http:\/\/127\.0\.0\.1:(\d+)(\S*)/g),
    ];
    const answers: string[] = [];
    for (const [, field, port, path] of lines) {
      const client = await stage.client(Number(port));
      const host = field ?? "Host: 127.0.0.1";
      const { start, body } = await client.ask(`GET ${path} HTTP/1.1\r\n${host}\r\n\r\n`);
      answers.push(body === "" ? start : body);
    }
    expect(answers.length).toBe(4);
    for (const [i, text] of expected.entries()) expect(answers[i]).toStartWith(text);
    expect(answers[3]).toBe("HTTP/1.1 301 Moved Permanently");
  });

  // What npm had started went on without it, and left its folder.
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s stops all of it, and leaves nothing",
    async (signal) => {
      await using stage = new Stage();
      const ports = [await freePort(), await freePort(), await freePort()];
      await using demo = new Demo(ports);
      await demo.ready();
      expect(await demo.end(signal)).toBe(0);
      for (const port of ports) await expect(stage.client(port)).rejects.toThrow();
      expect(readdirSync(demo.folder)).toEqual([]);
    },
  );
});
