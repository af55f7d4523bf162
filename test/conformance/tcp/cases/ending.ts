import {
  bytes,
  close,
  delivered,
  end,
  halfClose,
  hear,
  reset,
  send,
  type TcpCase,
  tell,
  until,
} from "../case.ts";

const orderly: readonly TcpCase[] = [
  {
    name: "end: the client first",
    clients: [{ script: [send("hello\n"), until("\n"), halfClose, end, close] }],
    origins: { o1: [[until("\n"), send("bye\n"), end, close]] },
  },
  {
    name: "end: the server first",
    clients: [{ script: [send("hello\n"), end, close] }],
    origins: { o1: [[until("\n"), send("bye\n"), close]] },
  },
  {
    name: "end: the server at once",
    clients: [{ script: [end, close] }],
    origins: { o1: [[close]] },
  },
  {
    name: "end: the server says something at once and ends",
    clients: [{ script: [end, close] }],
    origins: { o1: [[send("no\n"), close]] },
  },
  {
    name: "end: the client ends and the server goes on",
    clients: [{ script: [send("hello\n"), halfClose, until("three\n"), end, close] }],
    origins: { o1: [[end, send("one\n", "two\n", "three\n"), close]] },
  },
  {
    name: "end: the server ends and the client goes on",
    clients: [{ script: [send("hello\n"), end, send("one\n", "two\n"), halfClose, close] }],
    origins: { o1: [[until("hello\n"), halfClose, until("two\n"), end, close]] },
    endsLoose: true,
  },
  {
    name: "end: the client ends behind what the server still has to read",
    clients: [{ script: [send("x".repeat(200_000)), halfClose, end, close] }],
    origins: { o1: [[bytes(200_000), end, send("got it\n"), close]] },
  },
  {
    name: "end: a big answer before the end",
    clients: [{ script: [send("hello\n"), bytes(300_000), end, close] }],
    origins: { o1: [[until("\n"), send("y".repeat(300_000)), close]] },
  },
  {
    name: "end: a client without a word, behind those of the server",
    clients: [{ script: [until("hi\n"), halfClose, end, close] }],
    origins: { o1: [[send("hi\n"), end, close]] },
  },
  {
    name: "end: a client without a word while rules wait, and a server that would answer",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 4 }"],
    clients: [{ script: [halfClose, end, close] }],
    origins: { o1: [[send("hi\n"), end, close]] },
    endsLoose: true,
  },
];

const resets: readonly TcpCase[] = [
  {
    name: "reset: by the client",
    clients: [{ script: [send("hello\n"), until("\n"), reset] }],
    origins: { o1: [[until("\n"), send("hi\n"), end, close]] },
    endsLoose: true,
  },
  {
    name: "reset: by the server",
    clients: [{ script: [send("hello\n"), until("\n"), tell("got"), end, close] }],
    origins: { o1: [[until("\n"), send("hi\n"), hear("got"), reset]] },
    endsLoose: true,
  },
  {
    name: "reset: by the server before it has said anything",
    clients: [{ script: [send("hello\n"), end, close] }],
    origins: { o1: [[until("\n"), reset]] },
    endsLoose: true,
  },
  {
    name: "reset: by the client while rules wait",
    frontend: ["tcp-request inspect-delay 6s", "tcp-request content accept if { req.len ge 4 }"],
    clients: [{ script: [send("ab"), delivered, reset] }],
  },
  {
    name: "reset: by the client behind the end of the server",
    clients: [{ script: [send("hello\n"), end, reset] }],
    origins: { o1: [[until("\n"), halfClose, end, close]] },
    endsLoose: true,
  },
  {
    name: "reset: by the server behind the end of the client",
    clients: [{ script: [send("hello\n"), halfClose, end, close] }],
    origins: { o1: [[end, reset]] },
    endsLoose: true,
  },
];

export const endingCases: readonly TcpCase[] = [...orderly, ...resets];
