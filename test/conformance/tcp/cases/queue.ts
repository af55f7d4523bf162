import {
  bytes,
  close,
  delivered,
  end,
  halfClose,
  hear,
  quiet,
  reset,
  type Script,
  send,
  type TcpCase,
  tell,
  until,
} from "../case.ts";

const holder: Script = [
  send("one\n"),
  until("\n"),
  tell("held"),
  hear("done"),
  halfClose,
  end,
  close,
];

export const queueCases: readonly TcpCase[] = [
  {
    name: "queue: the second waits for the place of the first",
    together: true,
    backends: { main: ["server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: [send("one\n"), until("\n"), tell("held"), hear("sent"), halfClose, end, close] },
      {
        script: [
          hear("held"),
          send("two\n"),
          delivered,
          tell("sent"),
          until("\n"),
          halfClose,
          end,
          close,
        ],
      },
    ],
  },
  {
    name: "queue: the second waits for too long",
    together: true,
    backends: { main: ["timeout queue 600ms", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: without a timeout of its own the connect timeout counts",
    together: true,
    backends: { main: ["timeout connect 600ms", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: the second leaves",
    together: true,
    backends: { main: ["timeout queue 6s", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), delivered, reset, tell("done")] },
    ],
  },
  {
    name: "queue: the second ends without a word",
    together: true,
    backends: { main: ["timeout queue 6s", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      { script: [hear("held"), quiet, halfClose, end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: the second ends, with abortonclose",
    together: true,
    backends: {
      main: ["timeout queue 6s", "option abortonclose", "server o1 ORIGIN1 maxconn 1"],
    },
    clients: [
      { script: holder },
      { script: [hear("held"), send("two\n"), delivered, halfClose, end, tell("done"), close] },
    ],
    endsLoose: true,
  },
  {
    name: "queue: the second ends, and is served all the same",
    together: true,
    backends: { main: ["timeout queue 6s", "server o1 ORIGIN1 maxconn 1"] },
    clients: [
      { script: holder },
      {
        script: [
          hear("held"),
          send("two\n"),
          delivered,
          halfClose,
          tell("done"),
          until("\n"),
          end,
          close,
        ],
      },
    ],
    origins: { o1: [[bytes(1), send("NAME\n"), end, close], [end, send("NAME\n"), close]] },
  },
];
