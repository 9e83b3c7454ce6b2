/** Programs over SSH with OpenSSH's client and server: streams, exits, terminals, refusals, holds. */
import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { readAll } from "../../packages/testkit/src/harness.ts";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { PERMISSIVE, useSshServer, withSshd } from "./ssh-fixture.ts";

const RULES = `
rules:
  main:
  - {id: svc, effect: allow, match: {exec: [[echo, "**"], [cat], [printenv], [true]]}}
  - {id: ask, effect: hold, approval: someone, match: {exec: [printf, "*"]}}
  - {id: tty, effect: deny, message: "no shells here", match: {shell: true}}
  - {id: never, effect: deny, message: "deploys go through the pipeline", match: {exec: [rm, "**"]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

withSshd("programs over SSH", () => {
  const fixture = useSshServer();

  test("standard input, output and error, and the exit status, are the program's own", async () => {
    const gate = await fixture.gate();
    const echo = await gate.ssh(["cat"], { input: "in and out\n" });
    expect(echo).toEqual({ code: 0, stdout: "in and out\n", stderr: "" });
    // `sh` reads its program from stdin: its words are known, and recorded with a digest of what went in.
    const both = await gate.ssh(["sh"], { input: "echo out; echo err >&2; exit 7" });
    expect(both).toEqual({ code: 7, stdout: "out\n", stderr: "err\n" });
    expect(fixture.server.ran()).toEqual(["cat", "sh"]);
    await eventually(async () => (await gate.entries()).filter((entry) => entry.type === "result").length === 2);
    const entries = await gate.entries();
    const sha256 = createHash("sha256").update("in and out\n").digest("hex");
    expect(entries).toContainEqual(
      expect.objectContaining({ event: "program-io", detail: expect.objectContaining({ stdinSha256: sha256 }) }),
    );
    expect(entries.filter((entry) => entry.type === "result").map((entry) => entry.outcome)).toEqual([
      "exit 0",
      "exit 7",
    ]);
  });

  test("a refused command says by which rule and exits 126; the connection stays usable", async () => {
    const gate = await fixture.gate(RULES);
    const refused = await gate.ssh(["rm", "-rf", "/tmp/gate-x"]);
    expect(refused.code).toBe(126);
    expect(refused.stderr).toMatch(
      /^gate: denied by rule "never": deploys go through the pipeline\ngate: .*entry \d+\n$/u,
    );
    const client = await gate.connect();
    const run = (command: string): Promise<number | null> =>
      new Promise((resolve, reject) => {
        client.exec(command, (error, channel) => {
          if (error !== undefined) return reject(error);
          channel.on("close", (code: number | null) => resolve(code));
          channel.resume();
          channel.stderr.resume();
        });
      });
    expect(await run("rm /tmp/x")).toBe(126);
    expect(await run("echo fine")).toBe(0);
    expect(fixture.server.ran()).toEqual(["echo fine"]);
  });

  test("a shell is refused where the policy says so, with or without a terminal", async () => {
    const gate = await fixture.gate(RULES);
    for (const flags of [["-T"], ["-tt"]]) {
      const refused = await gate.ssh([], { flags, input: "id\n" });
      expect(refused.code).toBe(126);
      expect(refused.stderr + refused.stdout).toContain('gate: denied by rule "tty": no shells here');
    }
    expect(fixture.server.ran()).toEqual([]);
  });

  test("a held command waits, says where a person can answer, and runs once", async () => {
    const gate = await fixture.gate(RULES);
    const answer = gate.ssh(["printf", "held"]);
    const hold = await gate.pendingHold();
    expect(hold.commandText).toBe("printf held");
    expect(fixture.server.ran()).toEqual([]);
    await gate.vote("approve");
    expect(await answer).toMatchObject({
      code: 0,
      stdout: "held",
      stderr: expect.stringContaining(`gate: held for approval ${hold.id}: `),
    });
    expect(fixture.server.ran()).toEqual(["printf held"]);
  });

  test("a client that is interrupted takes its held command back", async () => {
    const gate = await fixture.gate(RULES);
    const answer = gate.ssh(["printf", "held"], {
      onStderr: (text, kill) => text.includes("held for approval") && kill("SIGINT"),
    });
    await answer;
    await eventually(async () => (await gate.store.holds({ state: "withdrawn" })).length === 1);
    expect(fixture.server.ran()).toEqual([]);
  });

  test("LANG and LC_* reach the program, nothing else of the environment does", async () => {
    const gate = await fixture.gate(RULES);
    const { stdout } = await gate.ssh(["printenv"], {
      flags: ["-o", "SendEnv=LANG LC_* LD_PRELOAD BASH_ENV GIT_SSH_COMMAND FOO"],
      env: { LANG: "C.UTF-8", LC_TIME: "C", LD_PRELOAD: "", BASH_ENV: "/tmp/evil", FOO: "bar" },
    });
    expect(stdout).toMatch(/^LANG=C\.UTF-8$/mu);
    expect(stdout).toMatch(/^LC_TIME=C$/mu);
    expect(stdout).not.toMatch(/BASH_ENV|LD_PRELOAD|GIT_SSH_COMMAND|FOO/u);
    const dropped = (await gate.entries()).filter(
      (entry) => entry.type === "note" && entry.event === "environment-dropped",
    );
    expect(dropped.map((entry) => entry.type === "note" && entry.detail["name"])).toEqual(
      expect.arrayContaining(["BASH_ENV", "FOO"]),
    );
  });

  test("a command that is not UTF-8, or holds a NUL, is not sent", async () => {
    const gate = await fixture.gate();
    const refused = await gate
      .ssh([])
      .then(() => gate.run("sh", ["-c", `ssh -F '${gate.config}' target "$(printf 'echo \\377')"`]));
    expect(refused.code).toBe(126);
    const client = await gate.connect();
    const code = await new Promise((resolve, reject) => {
      client.exec("echo a\0; rm b", (error, channel) => {
        if (error !== undefined) return reject(error);
        channel.on("close", (status: unknown) => resolve(status));
        channel.resume();
        channel.stderr.resume();
      });
    });
    expect(code).toBe(126);
    expect(fixture.server.ran().filter((line) => line !== "<shell>")).toEqual([]);
  });

  test("a terminal is recorded with what was typed and what it showed, sealed with the rest", async () => {
    const gate = await fixture.gate();
    const shown = await gate.ssh([], { flags: ["-tt"], input: "echo terminal-$((40 + 2))\nexit 3\n" });
    expect(shown.code).toBe(3);
    expect(shown.stdout).toContain("terminal-42");
    const reader = await gate.close();
    const names = (await reader.list()).map(({ name }) => name).filter((name) => name.startsWith("terminals/"));
    expect(names).toEqual(["terminals/c1-1.cast"]);
    const lines = (await readAll(reader, names[0] ?? ""))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(lines[0]).toMatchObject({ version: 2, command: "login shell" });
    const events = lines.slice(1) as [number, string, string][];
    expect(
      events
        .filter(([, kind]) => kind === "o")
        .map(([, , text]) => text)
        .join(""),
    ).toContain("terminal-42");
    expect(
      events
        .filter(([, kind]) => kind === "i")
        .map(([, , text]) => text)
        .join(""),
    ).toContain("exit 3\n");
    const manifest = JSON.parse(await readAll(reader, "manifest.json")) as { files: { name: string }[] };
    expect(manifest.files.map(({ name }) => name)).toContain("terminals/c1-1.cast");
  });

  test("detectors mask what a program prints, also in the recorded terminal", async () => {
    const policy = `${PERMISSIVE}masks:\n  pii: [{detect: [credit_card, email], action: redact}]\n`;
    const gate = await fixture.gate(policy, { grantKeys: "masks: [pii]" });
    const plain = await gate.ssh(["echo", "card", "4111111111111111,", "mail", "ada@example.com"]);
    expect(plain.stdout).toBe("card [redacted], mail [redacted]\n");
    const shown = await gate.ssh([], { flags: ["-tt"], input: "echo 4111111111111111\nexit\n" });
    expect(shown.stdout).toContain("[redacted]");
    const reader = await gate.close();
    const cast = await readAll(reader, "terminals/c2-1.cast");
    expect(cast.split("\n").slice(1).join("\n")).not.toContain("4111111111111111");
    const results = (await gate.entries()).filter((entry) => entry.type === "result");
    expect(results[0]).toMatchObject({ masked: { "detect:credit_card": 1, "detect:email": 1 } });
  });

  test("a mask that needs columns is refused before anything runs", async () => {
    const policy = `${PERMISSIVE}masks:\n  pii: [{column: public.a.b, action: redact}]\n`;
    const gate = await fixture.gate(policy, { grantKeys: "masks: [pii]" });
    const refused = await gate.ssh(["echo", "x"]);
    expect(refused.code).toBe(126);
    expect(refused.stderr).toContain('gate: denied by rule "obligation"');
    expect(fixture.server.ran()).toEqual([]);
  });

  test("a program that prints more than the limit, or takes longer, is ended", async () => {
    const policy = `${PERMISSIVE}limits:\n  small: {bytes: 64KiB, statement_time: 3s}\n`;
    const gate = await fixture.gate(policy, { grantKeys: "limits: small" });
    const much = await gate.ssh(["yes"]);
    expect(much.code).toBe(126);
    expect(much.stderr).toContain("gate: limit reached: more than 65536 result bytes");
    const long = await gate.ssh(["sleep", "30"]);
    expect(long.code).toBe(126);
    expect(long.stderr).toContain("gate: limit reached: longer than 3 s");
  });

  test("a connection on which nothing moves is ended, one on which a program works is not", async () => {
    const policy = `${PERMISSIVE}limits:\n  quick: {idle_time: 3s}\n`;
    const gate = await fixture.gate(policy, { grantKeys: "limits: quick" });
    expect(await gate.ssh(["sleep", "7"])).toMatchObject({ code: 0 });
    const shell = await gate.run("sh", ["-c", `sleep 15 | ssh -F '${gate.config}' -tt target`]);
    expect(shell.stdout + shell.stderr).toContain("gate: limit reached: idle for 3 s");
    const client = await gate.connect();
    await new Promise((resolve) => client.on("close", () => resolve(undefined)));
  });

  test("a revoked session ends a running shell, which is told why", async () => {
    const gate = await fixture.gate();
    const client = await gate.connect();
    const text = await new Promise<string>((resolve, reject) => {
      client.shell((error, channel) => {
        if (error !== undefined) return reject(error);
        let seen = "";
        channel.on("data", (chunk: Buffer) => {
          if (seen === "") void gate.close("revoked");
          seen += chunk.toString();
        });
        channel.stderr.on("data", (chunk: Buffer) => (seen += chunk.toString()));
        channel.on("close", () => resolve(seen));
      });
    });
    expect(text).toContain("gate: the session has ended: revoked");
  });

  test("many programs share one connection", async () => {
    const gate = await fixture.gate();
    const client = await gate.connect();
    const answers = await Promise.all(
      Array.from(
        { length: 40 },
        (_, index) =>
          new Promise<string>((resolve, reject) => {
            client.exec(`echo ${index}`, (error, channel) => {
              if (error !== undefined) return reject(error);
              let text = "";
              channel.on("data", (chunk: Buffer) => (text += chunk.toString()));
              channel.on("close", () => resolve(text));
            });
          }),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 40 }, (_, index) => `${index}\n`));
  });

  test("agent and X11 forwarding are refused and on the record", async () => {
    const gate = await fixture.gate(`rules:\n  main:\n  - {id: run, effect: allow, match: {operation: [exec]}}\n`);
    const client = await gate.connect();
    await expect(
      new Promise((resolve, reject) => {
        client.exec("true", { x11: true }, (error) => (error === undefined ? resolve(0) : reject(error)));
      }),
    ).rejects.toThrow(/X11/u);
    await eventually(async () =>
      (await gate.entries()).some(
        (entry) => entry.type === "verdict" && entry.command.kind === "x11" && entry.verdict === "deny",
      ),
    );
  });

  test("a subsystem is a command of its own", async () => {
    const gate = await fixture.gate(`
rules:
  main:
  - {id: hello, effect: allow, match: {subsystem: [hello]}}
`);
    const hello = await gate.ssh(["hello"], { flags: ["-s"] });
    expect(hello).toMatchObject({ code: 0, stdout: "hello\n" });
    const other = await gate.ssh(["netconf"], { flags: ["-s"] });
    expect(other.code).toBe(126);
  });
});

/** Without the logging wrapper, whose shell would turn a signal into a status. */
withSshd("signals over SSH", () => {
  const fixture = useSshServer({ logged: false });

  test("a program that dies by a signal says so", async () => {
    const gate = await fixture.gate();
    const client = await gate.connect();
    const signal = await new Promise((resolve, reject) => {
      client.exec("sh", (error, channel) => {
        if (error !== undefined) return reject(error);
        channel.on("exit", (_code: unknown, name: unknown) => resolve(name));
        channel.resume();
        channel.end("kill -TERM $$; sleep 5");
      });
    });
    expect(signal).toBe("SIGTERM");
  });
});
