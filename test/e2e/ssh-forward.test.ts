/** Connections through an SSH target with OpenSSH's client and server: refused by default, joined where allowed. */
import net from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { useSshServer, withSshd } from "./ssh-fixture.ts";

withSshd("forwarding over SSH", () => {
  const fixture = useSshServer({ config: ["AllowTcpForwarding yes", "AllowStreamLocalForwarding yes"] });
  const servers: net.Server[] = [];
  const seen: string[] = [];
  let port = 0;
  const listen = (at: string | number): Promise<net.Server> => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      let text = "";
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("end", () => {
        seen.push(text);
        socket.end(`echo ${text}`);
      });
    });
    servers.push(server);
    return new Promise((resolve) => {
      if (typeof at === "string") server.listen(at, () => resolve(server));
      else server.listen(at, "127.0.0.1", () => resolve(server));
    });
  };
  beforeEach(async () => {
    seen.length = 0;
    port = ((await listen(0)).address() as net.AddressInfo).port;
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const policy = (rules: string): string => `
rules:
  main:
  - {id: run, effect: allow, match: {exec: [[sleep, "*"]]}}
${rules}`;
  const allowed = (): string => policy(`  - {id: db, effect: allow, match: {forward: ["127.0.0.1:${port}"]}}\n`);

  test("an allowed address is joined, half-close included, and the bytes are on the record", async () => {
    const gate = await fixture.gate(allowed());
    const answer = await gate.run("ssh", ["-F", gate.config, "-W", `127.0.0.1:${port}`, "target"], { input: "hello" });
    expect(answer).toEqual({ code: 0, stdout: "echo hello", stderr: "" });
    await eventually(async () =>
      (await gate.entries()).some(
        (entry) => entry.type === "result" && entry.bytes === 15 && entry.outcome === "closed",
      ),
    );
  });

  test.each(["127.1", "2130706433", "0x7f000001", "::ffff:127.0.0.1", "LOCALHOST."])(
    "%s is the address that it means, not another one",
    async (host) => {
      const gate = await fixture.gate(
        policy(`  - {id: no, effect: deny, message: "not the loopback", match: {forward: ["127.0.0.1:*", "localhost:*"]}}
  - {id: rest, effect: allow, match: {forward: ["**"]}}\n`),
      );
      const target = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      const answer = await gate.run("ssh", ["-F", gate.config, "-W", target, "target"], { input: "x" });
      expect(answer.code).not.toBe(0);
      expect(answer.stderr).toContain("administratively prohibited");
      expect(answer.stderr).toContain('gate: denied by rule "no": not the loopback');
      expect(seen).toEqual([]);
    },
  );

  test.each(["127.0.0.1:5432", "169.254.169.254:80"])(
    "%s is administratively prohibited by default",
    async (target) => {
      const gate = await fixture.gate(allowed());
      const answer = await gate.run("ssh", ["-F", gate.config, "-W", target, "target"]);
      expect(answer.code).not.toBe(0);
      expect(answer.stderr).toContain('administratively prohibited: gate: denied by rule "default"');
      expect(fixture.server.log()).not.toMatch(/direct-tcpip.*(?:5432|169\.254)/u);
    },
  );

  test("an allowed address that does not answer is a failed connection", async () => {
    const gate = await fixture.gate(policy(`  - {id: db, effect: allow, match: {forward: ["127.0.0.1:1"]}}\n`));
    const answer = await gate.run("ssh", ["-F", gate.config, "-W", "127.0.0.1:1", "target"]);
    expect(answer.stderr).toContain("connect failed");
  });

  test("a Unix socket is a command of its own", async () => {
    const path = join(fixture.folder, "docker.sock");
    await listen(path);
    const local = join(fixture.folder, "local.sock");
    const talk = (): Promise<string> =>
      new Promise((resolve) => {
        let text = "";
        const socket = net.connect(local, () => socket.end("ps"));
        socket.on("data", (chunk) => (text += chunk.toString()));
        socket.on("error", () => undefined);
        socket.on("close", () => resolve(text));
      });
    const through = async (rules: string, name: string): Promise<string> => {
      const gate = await fixture.gate(policy(rules));
      const ssh = gate.run("ssh", [
        "-F",
        gate.config,
        "-L",
        `${local}:${path}`,
        "-o",
        "StreamLocalBindUnlink=yes",
        "target",
        "sleep",
        name,
      ]);
      await eventually(() => fixture.server.ran().includes(`sleep ${name}`));
      const answer = await talk();
      const client = await gate.connect();
      client.end();
      await gate.close();
      await ssh;
      return answer;
    };
    expect(await through("", "31")).toBe("");
    expect(seen).toEqual([]);
    expect(await through(`  - {id: s, effect: allow, match: {socket: "${path}"}}\n`, "32")).toBe("echo ps");
  });

  test("a port that the target shall listen on is refused by default, and works where it is allowed", async () => {
    const open = async (rules: string): Promise<{ stderr: string; port: number | undefined; answer: string }> => {
      const gate = await fixture.gate(policy(rules));
      let listening: number | undefined;
      let answer = "";
      const ssh = gate.run(
        "ssh",
        ["-F", gate.config, "-N", "-o", "ExitOnForwardFailure=yes", "-R", `127.0.0.1:0:127.0.0.1:${port}`, "target"],
        {
          onStderr: (text, kill) => {
            const found = /Allocated port (\d+)/u.exec(text);
            if (found?.[1] === undefined || listening !== undefined) return;
            listening = Number(found[1]);
            const socket = net.connect(listening, "127.0.0.1", () => socket.end("from outside"));
            socket.on("data", (chunk) => (answer += chunk.toString()));
            socket.on("close", () => kill("SIGTERM"));
          },
        },
      );
      return { stderr: (await ssh).stderr, port: listening, answer };
    };
    const refused = await open("");
    expect(refused.port).toBeUndefined();
    expect(refused.stderr).toContain("remote port forwarding failed");
    const allowedAnswer = await open(`  - {id: l, effect: allow, match: {listen: ["127.0.0.1:0"]}}\n`);
    expect(allowedAnswer.answer).toBe("echo from outside");
  });

  test("a held forward opens once a person has said yes", async () => {
    const gate = await fixture.gate(`
rules:
  main:
  - {id: db, effect: hold, approval: someone, match: {forward: ["127.0.0.1:${port}"]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`);
    const answer = gate.run("ssh", ["-F", gate.config, "-W", `127.0.0.1:${port}`, "target"], { input: "late" });
    await gate.pendingHold();
    expect(seen).toEqual([]);
    await gate.vote("approve");
    expect(await answer).toMatchObject({ code: 0, stdout: "echo late" });
    expect(existsSync(gate.config)).toBe(true);
  });

  test("a burst of ports to listen on does not get past the bound", async () => {
    const gate = await fixture.gate(`rules:\n  main:\n  - {id: l, effect: allow, match: {listen: ["127.0.0.1:0"]}}\n`);
    const client = await gate.connect();
    const opened = await Promise.all(
      Array.from(
        { length: 40 },
        () =>
          new Promise<boolean>((resolve) => {
            client.forwardIn("127.0.0.1", 0, (error) => resolve(error === undefined || error === null));
          }),
      ),
    );
    expect(opened.filter(Boolean)).toHaveLength(16);
  });
});
