import { type NameServer, nameServerCounters } from "../../dns/name_server.ts";
import type { Resolver } from "../../dns/resolver.ts";
import type { CommandCall, CommandSpec } from "../command_spec.ts";

const nameWidth = 13;

function serverText({ name, counters }: NameServer): string {
  const lines = nameServerCounters.map((counter) =>
    `  ${`${counter}:`.padEnd(nameWidth)}${counters[counter]}\n`
  );
  return ` nameserver ${name}:\n${lines.join("")}`;
}

function sectionText({ name, nameServers }: Resolver): string {
  return `Resolvers section ${name}\n${nameServers.map(serverText).join("")}`;
}

function showResolvers({ args: [name], host }: CommandCall): string {
  const { resolvers } = host.gateway.state;
  if (name === undefined) return [...resolvers.values()].map(sectionText).join("");
  const resolver = resolvers.get(name);
  return resolver ? sectionText(resolver) : "Can't find that resolvers section\n";
}

/** Commands about the `resolvers` sections. */
export const resolversCommands: readonly CommandSpec[] = [
  {
    name: "show resolvers",
    syntax: "show resolvers [id]",
    doc: "dumps counters from all resolvers section and associated name servers",
    level: "user",
    run: showResolvers,
  },
];
