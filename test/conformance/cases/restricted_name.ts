import { type Case, each, get, request } from "../case.ts";

const ODD = ["X_Odd: 1", "X-Even: 2", "X.Odd: 3", "X-Even-4: 4"];
const requests = [
  get("/plain", "X-Even: 2"),
  get("/odd", ...ODD),
  request("POST", "/", ODD, "abc"),
];

function restricted(
  policy: string,
  where: "frontend" | "backend",
  more: readonly string[] = [],
): Case {
  const lines = [`option http-restrict-req-hdr-names ${policy}`, ...more];
  return {
    name: [`http-restrict-req-hdr-names ${policy} on the ${where}`, ...more].join("; "),
    frontend: ['log-format "%ST %ts %b %s"', ...(where === "frontend" ? lines : [])],
    backends: { main: [...(where === "backend" ? lines : []), "server o1 ORIGIN1"] },
    clients: each(requests),
    logs: requests.length,
    mask: [/^<\d+>.*?\]: /, /\n$/],
  };
}

export const restrictedNameCases: readonly Case[] = [
  ...["preserve", "delete", "reject"].flatMap((policy) => [
    restricted(policy, "frontend"),
    restricted(policy, "backend"),
    // It looks at what the rules leave.
    restricted(policy, "frontend", ["http-request set-header X_Own 1"]),
    restricted(policy, "backend", [
      "http-request del-header X_Odd",
      "http-request del-header X.Odd",
    ]),
  ]),
  {
    name: "http-restrict-req-hdr-names differs by proxy",
    frontend: ["option http-restrict-req-hdr-names delete"],
    backends: {
      main: ["option http-restrict-req-hdr-names reject", "server o1 ORIGIN1"],
    },
    clients: each(requests),
  },
];
