import { afterAll, describe, expect, test } from "bun:test";
import { haproxyAvailable } from "../support/haproxy.ts";
import { answering, CommandStage } from "./command.ts";

const haproxy = haproxyAvailable();
const sluice = new CommandStage();
const theirs = new CommandStage(haproxy.available ? [haproxy.path] : []);
afterAll(() => {
  sluice.end();
  theirs.end();
});

const good = answering(80);
const files: Readonly<Record<string, string>> = {
  "good.cfg": good,
  "warned.cfg": good.replace("  timeout client 5s\n", ""),
  "never.cfg": good.replace("bind 127", "http-response set-header a b if { path / }\n  bind 127"),
  "bad.cfg": good.replace("bind 127", "bnd 127"),
  "empty.cfg": "",
};
for (const [name, text] of Object.entries(files)) {
  sluice.write(name, text);
  theirs.write(name, text);
}

/** Command lines to which both give the same exit status. */
const alike: readonly (readonly string[])[] = [
  ["-c", "-f", "good.cfg"],
  ["-c", "-V", "-f", "good.cfg"],
  ["-c", "-q", "-f", "good.cfg"],
  ["-c", "-f", "bad.cfg"],
  ["-c", "-q", "-f", "bad.cfg"],
  ["-c", "-f", "warned.cfg"],
  ["-c", "-dW", "-f", "warned.cfg"],
  ["-c", "-dW", "-f", "good.cfg"],
  ["-c", "-f", "never.cfg"],
  ["-c", "-dW", "-f", "never.cfg"],
  ["-c", "-f", "nowhere.cfg"],
  ["-c", "-f", "empty.cfg"],
  ["-f", "empty.cfg"],
  ["-c", "-f", "empty.cfg", "-f", "good.cfg"],
  ["-c", "--", "empty.cfg", "good.cfg"],
  ["-c", "-f", "."],
  ["-c", "-f", "good.cfg", "surplus"],
  ["-c"],
  ["-C", "nowhere", "-c", "-f", "good.cfg"],
  ["-c", "-sf", "-f", "good.cfg"],
  ["-c", "-st", "999999", "-f", "good.cfg"],
  ["-c", "-sf", "x", "-f", "good.cfg"],
  ["-c", "-n", "100", "-N", "10", "-m", "200", "-L", "me", "-p", "x.pid", "-f", "good.cfg"],
  ["-c", "-D", "-W", "-Ws", "-S", "/x", "-x", "/x", "-f", "good.cfg"],
  ["-c", "-dM", "-dI", "-dr", "-dS", "-dG", "-dp", "-de", "-ds", "-dD", "-dV", "-f", "good.cfg"],
  ["-c", "-dh", "-dC", "-dZ", "-dF", "-dR", "-db", "-d", "-f", "good.cfg"],
  ["-v"],
  ["-vv"],
  ["-z"],
  ["-x"],
  ["-f"],
  ["-p"],
  ["-cc", "streq(a,a)"],
  ["-cc", "streq(a,b)"],
  ["-cc", "streq(a"],
  ["-cc", ""],
  ["-cc"],
];

describe.skipIf(!haproxy.available)("exit statuses are haproxy's", () => {
  for (const args of alike) {
    test(args.join(" "), () => {
      expect(sluice.run(...args).status).toBe(theirs.run(...args).status);
    });
  }
});

describe("what a check says", () => {
  test("nothing, unless it is to be verbose", () => {
    expect(sluice.run("-c", "-f", "good.cfg")).toEqual({ status: 0, out: "", err: "" });
    expect(sluice.run("-c", "-V", "-f", "good.cfg").out).toBe("Configuration file is valid\n");
  });

  test("errors in haproxy's lines", () => {
    const { out, err } = sluice.run("-c", "-f", "bad.cfg");
    expect(out).toBe("");
    const alerts = err.split("\n").filter((line) => line.startsWith("[ALERT]"));
    expect(alerts).toEqual([
      "[ALERT]    (pid) : config : parsing [bad.cfg:9] : unknown keyword 'bnd' in 'frontend' " +
      "section; did you mean 'bind' maybe ?",
      "[ALERT]    (pid) : config : Error(s) found in configuration file : bad.cfg",
      "[ALERT]    (pid) : config : Fatal errors found in configuration.",
    ]);
    if (!haproxy.available) return;
    const real = theirs.run("-c", "-f", "bad.cfg").err;
    expect(real.split("\n").filter((line) => line.startsWith("[ALERT]"))).toEqual(alerts);
  });

  test("that there were warnings", () => {
    const { out, err } = sluice.run("-c", "-V", "-f", "warned.cfg");
    expect(out).toBe("Warnings were found.\nConfiguration file is valid\n");
    expect(err).toMatch(/^\[WARNING\] {2}\(pid\) : config : missing timeouts for frontend 'www'/m);
  });

  test("that warnings are fatal with -dW, and with zero-warning", () => {
    const text =
      "[ALERT]    (pid) : config : Some warnings were found and 'zero-warning' is set. " +
      "Aborting.\n";
    expect(sluice.run("-c", "-dW", "-f", "warned.cfg").err).toEndWith(text);
    sluice.write("zero.cfg", `global\n zero-warning\n${files["warned.cfg"]}`);
    const zero = sluice.run("-c", "-f", "zero.cfg");
    expect([zero.status, zero.err.endsWith(text)]).toEqual([1, true]);
  });

  test("nothing with -q, whatever is wrong; -V takes it back", () => {
    expect(sluice.run("-c", "-q", "-f", "bad.cfg")).toEqual({ status: 1, out: "", err: "" });
    expect(sluice.run("-c", "-q", "-V", "-f", "bad.cfg").err).toContain("[ALERT]");
  });

  test("that a condition never matches, as a warning", () => {
    const { out, err } = sluice.run("-c", "-V", "-f", "never.cfg");
    expect(out).toBe("Warnings were found.\nConfiguration file is valid\n");
    const warnings = (text: string) => text.split("\n").filter((l) => l.startsWith("[WARNING]"));
    expect(warnings(err)).toHaveLength(1);
    expect(err).toContain("anonymous acl will never match because it uses keyword 'path'");
    if (haproxy.available) {
      expect(warnings(theirs.run("-c", "-f", "never.cfg").err)).toHaveLength(1);
    }
  });

  test("what only Sluice finds with -dD, and it is no warning", () => {
    sluice.write("unused.cfg", `${good}backend spare\n  server s 127.0.0.1:1\n`);
    expect(sluice.run("-c", "-dW", "-f", "unused.cfg")).toEqual({ status: 0, out: "", err: "" });
    const { status, err } = sluice.run("-c", "-dW", "-dD", "-f", "unused.cfg");
    expect(status).toBe(0);
    expect(err).toContain("[DIAG]     (pid) : config : parsing [unused.cfg:11] : no frontend");
  });

  test("that 'ne' is no negation, with -dD alone: haproxy takes it without a word", () => {
    const rule = "http-request deny if { path,length ne 3 }";
    sluice.write("ne.cfg", good.replace("bind 127", `${rule}\n  bind 127`));
    expect(sluice.run("-c", "-dW", "-f", "ne.cfg")).toEqual({ status: 0, out: "", err: "" });
    const { status, err } = sluice.run("-c", "-dW", "-dD", "-f", "ne.cfg");
    expect(status).toBe(0);
    expect(err).toContain("[DIAG]     (pid) : config : parsing [ne.cfg:9] : operator 'ne' works");
  });

  test("that a file is not there, as haproxy does", () => {
    const alert = "[ALERT]    (pid) : config : Cannot open configuration file/directory " +
      "nowhere.cfg : No such file or directory\n";
    expect(sluice.run("-c", "-f", "nowhere.cfg").err).toEndWith(alert);
  });

  test("the variables that haproxy gives", () => {
    sluice.write(
      "peer.cfg",
      `.notice "peer \${HAPROXY_LOCALPEER} of \${HAPROXY_CFGFILES}"\n${good}`,
    );
    const { err } = sluice.run("-c", "-L", "me", "-f", "peer.cfg");
    expect(err).toContain("peer me of peer.cfg");
  });
});

describe("what flags print", () => {
  test("-v and -vv have the lines that programs look for", () => {
    expect(sluice.run("-v").out).toMatch(/^HAProxy version 3\.5-/);
    const { out } = sluice.run("-vv");
    expect(out).toMatch(/^ {2}TARGET {2}= linux-(glibc|musl)$/m);
    expect(out).toMatch(/^Feature list : .*\+EPOLL/m);
    expect(out).toContain("sluice 0.");
  });

  test("a line that makes no sense gets the usage", () => {
    const { status, out, err } = sluice.run("-z");
    expect(status).toBe(1);
    expect(out).toMatch(/^HAProxy version/);
    expect(err).toMatch(/^Usage : sluice /);
    expect(err).toMatch(/^ {2}-sf <pid>\* /m);
  });

  test("-cc says what it could not read", () => {
    expect(sluice.run("-cc", "streq(a").err).toContain(
      "[ALERT]    (pid) : config : Failed to evaluate condition: ",
    );
  });

  test("-dC, -dK and -dL list what they are asked for", () => {
    expect(sluice.run("-c", "-dC", "-f", "good.cfg").out).toBe(good);
    const keywords = sluice.run("-c", "-dKacl,cnv", "-f", "good.cfg").out;
    expect(keywords).toMatch(/^# List of registered ACL keywords:\nbase = base -m str\n/);
    expect(keywords).toMatch(/^lower: str => str$/m);
    expect(sluice.run("-c", "-dKhelp", "-f", "good.cfg").out).toContain("smp: sample fetch");
    expect(sluice.run("-c", "-dL", "-f", "good.cfg").out).toMatch(/^\/.*libc\.so/m);
  });

  test("sockets are taken from nobody but who listens at -x, and from nobody at /dev/null", () => {
    const { status, err } = sluice.run("-x", "/nowhere", "-f", "good.cfg");
    expect(status).toBe(1);
    expect(err).toContain("Failed to connect to the old process socket '/nowhere'");
    expect(err).toContain("Failed to get the sockets from the old process!");
    expect(sluice.run("-x", "/dev/null", "-f", "empty.cfg").err).toContain("No enabled listener");
  });
});
