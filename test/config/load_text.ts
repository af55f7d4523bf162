import { type CompiledConfiguration } from "../../src/config/load.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { State } from "../../src/state/state.ts";

/** Files that configurations of the tests refer to. */
const files: Readonly<Record<string, string>> = {
  "page.http": "HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nsoon\n",
  "broken.http": "no HTTP at all\n",
  "hosts.lst": "www.example.com\nexample.com\n",
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n",
  "/etc/group": "root:x:0:\nnogroup:x:65534:\n",
};

const environment = { PORT: "8080", ADDRESS: "127.0.0.1", LIST: "/a /b", EMPTY: "" };

/** Loads a text as one file, with other files and an environment of the tests' own. */
export function loadText(text: string, name = "site.yaml"): CompiledConfiguration {
  return loadConfiguration([name], {
    staged: new State().stage(),
    environment,
    hostname: "gateway",
    readFile(path) {
      const found = path === name ? text : files[path];
      if (found === undefined) throw new Error(`no file ${path}`);
      return found;
    },
  });
}
