import { clientHello, cuts, placesIn } from "../client_hello.ts";
import { get, hasty, mail, nameless, patient, three, www } from "./first_bytes.ts";
import { ask, type TcpCase, turnedAway } from "../case.ts";

export const serverNameCases: readonly TcpCase[] = [
  {
    name: "SNI: a backend by name, another by its end, a default",
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni www.example.com }",
      "use_backend CASE_b if { req.ssl_sni -m end .example.org }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(www), ask(mail), ask(nameless), ask(clientHello({ name: "x.example" }))],
  },
  ...placesIn(www, "www.example.com").map((at): TcpCase => ({
    name: `SNI: a hello in two pieces of ${at} and ${www.length - at} bytes`,
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni www.example.com }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(www.slice(0, at), www.slice(at))],
  })),
  {
    name: "SNI: a hello byte by byte",
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni www.example.com }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(...www)],
  },
  {
    name: "SNI: letters of either case",
    frontend: [
      patient,
      "tcp-request content accept if { req_ssl_hello_type 1 }",
      "use_backend CASE_a if { req_ssl_sni -i www.example.com }",
      "use_backend CASE_b if { req_ssl_sni,lower mail.example.org }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: ["WWW.Example.COM", "Mail.EXAMPLE.org", "www.example.comx", ""]
      .map((name) => ask(clientHello({ name }))),
  },
  {
    name: "SNI: a map chooses the backend",
    files: { names: "www.example.com CASE_a\nmail.example.org CASE_b\ngone.example CASE_gone\n" },
    frontend: [
      patient,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend %[req.ssl_sni,lower,map(FILE(names),CASE_main)]",
      "default_backend CASE_b",
    ],
    backends: three,
    clients: [ask(www), ask(mail), ask(nameless), ask(clientHello({ name: "gone.example" }))],
  },
  {
    name: "SNI: names by regular expression, and who is not named is rejected",
    frontend: [
      patient,
      "acl named req.ssl_sni -m found",
      "acl shop req.ssl_sni -m reg ^shop[0-9]+\\.",
      "tcp-request content reject if { req.ssl_hello_type 1 } !named",
      "tcp-request content reject if !{ req.ssl_hello_type 1 } { req.len gt 5 }",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if shop",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [
      ask(clientHello({ name: "shop12.example" })),
      ask(www),
      turnedAway(nameless),
      turnedAway(get),
    ],
  },
  {
    name: "SNI: a hello that never ends goes to the default when the delay is over",
    frontend: [
      hasty,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "use_backend CASE_a if { req.ssl_sni -m found }",
      "default_backend CASE_main",
    ],
    backends: three,
    clients: [ask(www.slice(0, 60)), ask(www.slice(0, 5)), ask("\x16")],
  },
  {
    name: "SNI: rejected when no hello came in time",
    frontend: [
      hasty,
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      "tcp-request content reject",
    ],
    clients: [ask(www), turnedAway(www.slice(0, 60)), turnedAway(get), turnedAway()],
  },
  {
    name: "SNI: logged, captured and set as a variable",
    frontend: [
      patient,
      "declare capture request len 20",
      // Without a condition it would take what is there at the first look.
      "tcp-request content set-var(sess.name) req.ssl_sni if { req.ssl_hello_type 1 }",
      "tcp-request content capture req.ssl_sni len 10",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
      'log-format "CASE %b/%s [%[var(sess.name)]] {%hr} %[capture.req.hdr(1)] %ts"',
    ],
    clients: [ask(www), ask(mail), ask(nameless), ask(...cuts(www, [70])[0]!)],
  },
];
