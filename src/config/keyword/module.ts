import { dirname, resolve } from "node:path";
import type { ProxyDraft } from "../compile/proxy_draft.ts";
import type { KeywordSpec } from "./spec.ts";

/** Sluice's own: TypeScript in front of the proxied traffic. */
export const moduleKeywords = [
  {
    name: "module",
    sections: ["frontend", "listen"],
    syntax: "module <path> [mount <prefix>]",
    doc: "Mounts a file's Hono app or `{ fetch }`; its path counts from the configuration file.",
    http: true,
    apply(line, draft) {
      const path = line.take("'module' expects the path of a file");
      let mount = "/";
      if (line.skip("mount")) {
        const word = line.take("'mount' expects a path prefix");
        if (!word.text.startsWith("/")) {
          const message = `'mount' expects a path prefix that begins with '/', not '${word.text}'`;
          throw line.error("bad-value", message, word);
        }
        mount = word.text;
      }
      line.end();
      const absolute = resolve(dirname(line.at.file), path.text);
      draft.modules.push({ path: absolute, mount, at: line.at });
    },
  },
] satisfies KeywordSpec<ProxyDraft>[];
