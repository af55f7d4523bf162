/**
 * Bun's server adds the type of a text when it sends a Response itself; the Response's own fields
 * don't have it, though the standard puts it there (Fetch, "extract a body"). Without it a
 * middleware that looks at the type (compress) sees none, and the client guesses.
 */
export function typeTexts(): void {
  globalThis.Response = new Proxy(Response, {
    construct(target, args, newTarget) {
      const response = Reflect.construct(target, args, newTarget) as Response;
      if (typeof args[0] === "string" && !response.headers.has("content-type")) {
        response.headers.set("content-type", "text/plain;charset=UTF-8");
      }
      return response;
    },
  });
}
