import { describe, expect, test } from "@jest/globals";
import {
  canonicalHost,
  execFacts,
  forwardFacts,
  hostPort,
  listenFacts,
  sftpFacts,
  shellFacts,
  socketFacts,
} from "./classify.ts";

test("a command line carries its words, and nothing of other kinds", () => {
  const facts = execFacts("systemctl status app", { pty: false });
  expect(facts).toMatchObject({ kind: "ssh", classified: true, housekeeping: false });
  expect(facts.fields["exec"]).toEqual({ type: "argv", items: [["systemctl", "status", "app"]], complete: true });
  expect(facts.fields["operation"]).toMatchObject({ items: [{ name: "exec" }] });
  expect(facts.fields["path"]).toEqual({ type: "none" });
  expect(facts.fields["shell"]).toEqual({ type: "scalar", value: false });
});

test("what cannot be resolved is unclassified and its words are not complete", () => {
  const facts = execFacts("rm $x", { pty: true });
  expect(facts.classified).toBe(false);
  expect(facts.fields["exec"]).toMatchObject({ complete: false });
});

test("a shell has no words", () => {
  expect(shellFacts({ pty: true }).fields).toMatchObject({
    shell: { type: "scalar", value: true },
    exec: { type: "none" },
  });
});

describe("addresses have one form", () => {
  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["127.1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0x7f000001", "127.0.0.1"],
    ["0x7f.0.0.1", "127.0.0.1"],
    ["0177.0.0.01", "127.0.0.1"],
    ["169.254.43518", "169.254.169.254"],
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::ffff:7f00:1", "127.0.0.1"],
    ["0:0::0:1", "::1"],
    ["[::1]", "::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["DB.Internal.", "db.internal"],
    ["1.2.3.4.5", "1.2.3.4.5"],
    ["256.256.256.256", "256.256.256.256"],
    ["1.2.3.256", "1.2.3.256"],
    ["a.1", "a.1"],
  ])("%s is %s", (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
  });

  test("an IPv6 address stands in brackets before its port", () => {
    expect(hostPort("0::1", 22)).toBe("[::1]:22");
    expect(forwardFacts("DB", 5432).fields["forward"]).toMatchObject({ items: [{ name: "db:5432" }] });
  });
});

test.each(["relative", "/a/../b", "/a//b", "/a/./b", "/a/"])("the socket %s is unclassified", (path) => {
  expect(socketFacts(path).classified).toBe(false);
});

test("a socket to listen on must have a plain path too", () => {
  expect(listenFacts("unix:/srv/app/../../run/other").classified).toBe(false);
  expect(listenFacts("unix:other").classified).toBe(false);
  expect(listenFacts("unix:/srv/app/web.sock").classified).toBe(true);
  expect(listenFacts("127.0.0.1:8080").classified).toBe(true);
});

test("a socket with a plain path is classified", () => {
  expect(socketFacts("/run/docker.sock").classified).toBe(true);
});

test("only asking for a path's canonical form is housekeeping", () => {
  expect(sftpFacts({ operations: ["realpath"], paths: ["/home"] })).toMatchObject({
    housekeeping: true,
    writes: false,
  });
  expect(sftpFacts({ operations: ["stat"], paths: ["/home"] })).toMatchObject({ housekeeping: false, writes: false });
  expect(sftpFacts({ operations: ["read", "write"], paths: ["/x"] })).toMatchObject({ writes: true });
  expect(sftpFacts({ operations: ["realpath"], paths: [], unresolved: "x" })).toMatchObject({
    housekeeping: false,
    classified: false,
  });
});
