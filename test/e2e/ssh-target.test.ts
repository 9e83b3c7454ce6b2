/** The target's side of SSH: host keys, ways to sign in, targets that are not there, signals. */
import net from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import { generateOpensshKey } from "@gate/protocols/ssh/keys";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { startSshServer } from "../../packages/testkit/src/ssh-server.ts";
import { useSshServer, withSshd } from "./ssh-fixture.ts";

withSshd("the target of SSH", () => {
  const fixture = useSshServer({ hostKeys: ["ed25519", "rsa", "ecdsa"] });
  const doubles: ssh2.Server[] = [];
  afterEach(() => {
    for (const double of doubles.splice(0)) double.close();
  });

  /** A server that can ask what OpenSSH's asks through PAM. */
  const double = async (serve: (client: ssh2.Connection) => void): Promise<Record<string, unknown>> => {
    const key = generateOpensshKey();
    const server = new ssh2.Server({ hostKeys: [key.privateFile] }, (client) => {
      client.on("error", () => undefined);
      serve(client);
    });
    doubles.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const { port } = server.address() as net.AddressInfo;
    return { address: `127.0.0.1:${port}`, host_key: key.publicLine };
  };
  const echoing = (client: ssh2.Connection): void => {
    client.on("session", (accept) => {
      accept().on("exec", (take, _reject, { command }) => {
        const channel = take();
        channel.write(`ran ${command}\n`);
        channel.exit(0);
        channel.end();
      });
    });
  };

  test("a changed host key refuses: nothing is sent, and the client is told", async () => {
    const server = await startSshServer();
    try {
      const target = {
        address: `127.0.0.1:${server.port}`,
        host_key: server.fingerprint,
        credential: { username: server.user, private_key: server.clientKey },
      };
      const before = await fixture.gate(undefined, { target });
      expect(await before.ssh(["echo", "one"])).toMatchObject({ code: 0, stdout: "one\n" });
      await server.rekeyHost();
      server.ran();
      const after = await fixture.gate(undefined, { target });
      const refused = await after.ssh(["echo", "two"]);
      expect(refused.code).toBe(255);
      expect(refused.stderr).toContain("gate: the target's host key (ssh-ed25519) is not the pinned one");
      expect(server.ran()).toEqual([]);
      expect(server.log()).not.toMatch(/Accepted publickey[^\n]*\n[^]*Accepted publickey/u);
      await eventually(async () =>
        (await after.entries()).some((entry) => entry.type === "note" && entry.detail["code"] === "HOST_KEY_CHANGED"),
      );
    } finally {
      await server.stop();
    }
  });

  test("a fingerprint, a public line or a known_hosts file pins any of the server's keys", async () => {
    const { host_key: _fingerprint, ...target } = fixture.target();
    const [, rsa, ecdsa] = fixture.server.hostKeyLines;
    const { port } = fixture.server;
    for (const pinned of [
      { host_key: rsa },
      { host_key: [ecdsa] },
      { known_hosts: `[127.0.0.1]:${port} ${rsa ?? ""}` },
    ]) {
      const gate = await fixture.gate(undefined, { target: { ...target, ...pinned } });
      expect(await gate.ssh(["echo", "ok"])).toMatchObject({ code: 0, stdout: "ok\n" });
    }
  });

  test("an encrypted key signs in with its passphrase", async () => {
    const server = await startSshServer({ passphrase: "four words in here" });
    try {
      const credential = { username: server.user, private_key: server.clientKey, passphrase: "four words in here" };
      const target = { address: `127.0.0.1:${server.port}`, host_key: server.fingerprint, credential };
      const gate = await fixture.gate(undefined, { target });
      expect(await gate.ssh(["echo", "ok"])).toMatchObject({ code: 0 });
    } finally {
      await server.stop();
    }
  });

  test("a password signs in by itself, by keyboard-interactive, and after a key where both are asked for", async () => {
    const credential = { username: "deploy", password: "pa55 word" };
    const password = await double((client) => {
      client.on("authentication", (context) => {
        if (context.method === "password" && context.password === "pa55 word") context.accept();
        else context.reject(["password"]);
      });
      echoing(client);
    });
    const interactive = await double((client) => {
      client.on("authentication", (context) => {
        if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
        context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) =>
          answer === "pa55 word" ? context.accept() : context.reject(["keyboard-interactive"]),
        );
      });
      echoing(client);
    });
    let keyed = false;
    const both = await double((client) => {
      client.on("authentication", (context) => {
        if (context.method === "publickey") {
          if (context.signature === undefined) return context.accept();
          keyed = true;
          return context.reject(["password"], true);
        }
        if (context.method === "password" && keyed && context.password === "pa55 word") context.accept();
        else context.reject(["publickey"]);
      });
      echoing(client);
    });
    for (const target of [
      { ...password, credential },
      { ...interactive, credential },
      { ...both, credential: { ...credential, private_key: generateOpensshKey().privateFile } },
    ]) {
      const gate = await fixture.gate(undefined, { target });
      expect(await gate.ssh(["id"])).toEqual({ code: 0, stdout: "ran id\n", stderr: "" });
    }
  });

  test("a refused credential, an absent target and one that speaks something else are told apart", async () => {
    const stranger = {
      ...fixture.target(),
      credential: { username: fixture.server.user, private_key: generateOpensshKey().privateFile },
    };
    const refused = await (await fixture.gate(undefined, { target: stranger })).ssh(["id"]);
    expect(refused).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("gate: the target refused the gateway's credential"),
    });
    const absent = await (
      await fixture.gate(undefined, { target: { ...fixture.target(), address: "127.0.0.1:1" } })
    ).ssh(["id"]);
    expect(absent).toMatchObject({ code: 255, stderr: expect.stringContaining("gate: target unreachable") });
    const other = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as net.AddressInfo;
    const wrong = await (
      await fixture.gate(undefined, { target: { ...fixture.target(), address: `127.0.0.1:${port}` } })
    ).ssh(["id"]);
    expect(wrong).toMatchObject({ code: 255, stderr: expect.stringContaining("gate: target unreachable") });
    other.close();
    expect(fixture.server.ran()).toEqual([]);
  });

  test("the gateway's credential is not used before the client has proved its key", async () => {
    let attempts = 0;
    const target = await double((client) => {
      client.on("authentication", (context) => {
        attempts += 1;
        context.accept();
      });
    });
    const credential = { username: "deploy", password: "x" };
    const gate = await fixture.gate(undefined, { target: { ...target, credential } });
    const stranger = new ssh2.Client();
    const failed = new Promise<Error>((resolve) => stranger.on("error", resolve));
    stranger.connect({
      host: "127.0.0.1",
      port: gate.port,
      username: "gate",
      privateKey: generateOpensshKey().privateFile,
    });
    expect(await failed).toMatchObject({ level: "client-authentication" });
    stranger.end();
    expect(attempts).toBe(0);
    await eventually(async () =>
      (await gate.entries()).some((entry) => entry.type === "note" && entry.event === "authentication-failed"),
    );
  });

  test("only the endpoint's name and the target's own name sign in", async () => {
    const gate = await fixture.gate();
    const named = (name: string) => gate.run("ssh", ["-F", gate.config, "-l", name, "target", "echo", "in"]);
    expect(await named(fixture.server.user)).toMatchObject({ code: 0, stdout: "in\n" });
    expect((await named("somebody")).code).toBe(255);
  });

  test("the gateway proves the pinned host key: OpenSSH refuses another one", async () => {
    const one = await fixture.gate();
    const two = await fixture.gate();
    const config = one.config;
    const refused = await one.run("ssh", ["-F", config, "-p", String(two.port), "target", "echo", "x"]);
    expect(refused.code).toBe(255);
    expect(refused.stderr).toContain("Host key verification failed");
  });

  test("signals, window sizes and the end of input reach the program", async () => {
    const seen: string[] = [];
    const target = await double((client) => {
      client.on("authentication", (context) => context.accept());
      client.on("session", (accept) => {
        const session = accept();
        session.on("pty", (ok, _no, { term, cols, rows }) => {
          seen.push(`pty ${term} ${cols}x${rows}`);
          ok?.();
        });
        session.on("window-change", (_ok, _no, { cols, rows }) => seen.push(`size ${cols}x${rows}`));
        session.on("signal", (_ok, _no, { name }) => seen.push(`signal ${name}`));
        session.on("exec", (take) => {
          const channel = take();
          channel.on("data", (chunk: Buffer) => seen.push(`input ${chunk.toString()}`));
          channel.on("end", () => {
            seen.push("end");
            channel.exit("SEGV", true, "core");
            channel.end();
          });
          channel.write("ready");
        });
      });
    });
    const gate = await fixture.gate(undefined, { target: { ...target, credential: { username: "a", password: "b" } } });
    const client = await gate.connect();
    const exit = await new Promise((resolve, reject) => {
      client.exec("vi", { pty: { term: "xterm", cols: 100, rows: 30 } }, (error, channel) => {
        if (error !== undefined) return reject(error);
        channel.on("exit", (...args: unknown[]) => resolve(args.slice(0, 3)));
        channel.once("data", () => {
          channel.setWindow(40, 120, 0, 0);
          channel.signal("INT");
          channel.end("typed");
        });
      });
    });
    expect(exit).toEqual([null, "SIGSEGV", true]);
    expect(seen).toEqual(["pty xterm 100x30", "size 120x40", "signal INT", "input typed", "end"]);
  });

  test("a target that goes away ends what runs", async () => {
    const clients: ssh2.Connection[] = [];
    const target = await double((client) => {
      clients.push(client);
      client.on("authentication", (context) => context.accept());
      client.on("session", (accept) => {
        accept().on("exec", (take) => {
          take().write("running\n");
          setTimeout(() => client.end(), 100);
        });
      });
    });
    const gate = await fixture.gate(undefined, { target: { ...target, credential: { username: "a", password: "b" } } });
    const answer = await gate.ssh(["long"]);
    expect(answer).toMatchObject({ code: 255, stdout: "running\n" });
  });
});
