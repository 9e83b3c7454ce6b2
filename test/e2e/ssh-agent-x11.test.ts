/**
 * What a client lends to an SSH target, with OpenSSH's client, server and agent: its agent (`ssh -A`) and its display
 * (`ssh -Y`), refused by default, working where they are granted, over with the program that they were lent to.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import ssh2, { type ExecOptions } from "ssh2";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { freePort } from "../../packages/testkit/src/free-port.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";
import { sshInstalled } from "../../packages/testkit/src/ssh-server.ts";
import { useSshServer, withSshd, type SshGate } from "./ssh-fixture.ts";

const NODE = process.execPath;
const RUN = `
rules:
  main:
  - {id: run, effect: allow, match: {exec: [[ssh-add, "**"], [printenv, "*"], [sleep, "*"], [echo, "*"], ["${NODE}", "**"]]}}
`;
const GRANT = `${RUN}  - {id: lend, effect: allow, match: {agent: true}}\n`;
const HOLD = `${RUN}  - {id: lend, effect: hold, approval: someone, match: {agent: true}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

type Entries = Awaited<ReturnType<SshGate["entries"]>>;

function about(entries: Entries, kind: string) {
  const verdict = entries.find((entry) => entry.type === "verdict" && entry.command.kind === kind);
  const result = entries.find((entry) => entry.type === "result" && entry.of === verdict?.seq);
  const channels = entries.flatMap((entry) =>
    entry.type === "note" && entry.event === "lent-channel" && entry.detail["entry"] === verdict?.seq
      ? [entry.detail]
      : [],
  );
  return {
    verdict: verdict?.type === "verdict" ? verdict.verdict : undefined,
    outcome: result?.type === "result" ? result.outcome : undefined,
    bytes: result?.type === "result" ? result.bytes : undefined,
    channels,
  };
}

/** The result of a request is on the record. */
async function recorded(gate: SshGate, kind: string): Promise<ReturnType<typeof about>> {
  await eventually(async () => about(await gate.entries(), kind).outcome !== undefined);
  return about(await gate.entries(), kind);
}

withSshd("an agent that a client lends", () => {
  const fixture = useSshServer({ config: ["AllowAgentForwarding yes"] });
  const folder = mkdtempSync(join(tmpdir(), "gate-agent-"));
  const socket = join(folder, "agent.sock");
  const key = join(folder, "key");
  let agent: ChildProcess | undefined;
  beforeAll(async () => {
    agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lent", "-f", key]);
    await eventually(() => existsSync(socket));
    execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  });
  afterAll(() => {
    agent?.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const env = { SSH_AUTH_SOCK: socket };
  const flags = ["-A", "-o", "IdentityAgent=SSH_AUTH_SOCK"];

  test("with a grant its keys can be listed and used at the target, and the record says how much", async () => {
    const gate = await fixture.gate(GRANT);
    const list = await gate.ssh(["ssh-add", "-l"], { flags, env });
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining("lent (ED25519)"), stderr: "" });
    const { verdict, outcome, bytes, channels } = await recorded(gate, "agent");
    expect([verdict, outcome, channels.length]).toEqual(["allow", "closed", 1]);
    expect(bytes).toBe(channels[0]?.["bytes"]);
    expect(bytes).toBeGreaterThan(0);
    expect(await gate.ssh(["ssh-add", "-T", `${key}.pub`], { flags, env })).toMatchObject({ code: 0 });
  });

  test("without a grant the program runs, and has no agent", async () => {
    const gate = await fixture.gate(RUN);
    const list = await gate.ssh(["ssh-add", "-l"], { flags, env });
    expect(list.code).toBe(2);
    expect(list.stderr).toContain('gate: agent forwarding: denied by rule "default"');
    expect(list.stderr).toContain("Could not open a connection to your authentication agent");
    expect(about(await gate.entries(), "agent")).toMatchObject({ verdict: "deny", channels: [] });
  });

  test("with a grant a client that does not ask for it lends nothing", async () => {
    const gate = await fixture.gate(GRANT);
    expect(await gate.ssh(["printenv", "SSH_AUTH_SOCK"], { env })).toMatchObject({ code: 1, stdout: "" });
    expect(about(await gate.entries(), "agent").verdict).toBeUndefined();
  });

  test.each([
    ["approve", 0],
    ["deny", 1],
  ] as const)("a held request waits, and so does the program: %s", async (vote, code) => {
    const gate = await fixture.gate(HOLD);
    const answer = gate.ssh(["printenv", "SSH_AUTH_SOCK"], { flags, env });
    await gate.pendingHold();
    expect(fixture.server.ran()).toEqual([]);
    await gate.vote(vote);
    const { code: status, stderr } = await answer;
    expect(status).toBe(code);
    expect(stderr).toContain("gate: held for approval");
  });

  test("what a client waits for is answered in the order of its requests", async () => {
    const gate = await fixture.gate(HOLD);
    const client = await library(gate);
    const answer = execute(client, "printenv SSH_AUTH_SOCK", { agentForward: true, pty: true });
    await gate.pendingHold();
    await gate.vote("deny");
    await expect(answer).rejects.toThrow("Unable to request agent forwarding");
    expect(await execute(client, "echo on", {})).toBe("on\n");
  });

  test("when the program is over nothing is lent any more, although the target still knows the socket", async () => {
    const gate = await fixture.gate(GRANT);
    const client = await library(gate);
    expect(await execute(client, "ssh-add -l", { agentForward: true })).toContain("lent (ED25519)");
    await recorded(gate, "agent");
    // OpenSSH's server keeps the socket, and tells every later program of the connection.
    const second = await execute(client, "ssh-add -l", {});
    expect(second).not.toContain("lent");
    await eventually(async () =>
      (await gate.entries()).some(
        (entry) => entry.type === "note" && entry.detail["what"] === "a channel for agent forwarding",
      ),
    );
    // A program with a loan of its own has it; the library asks once a connection, OpenSSH's client each time.
    (client as unknown as { _agentFwdEnabled: boolean })._agentFwdEnabled = false;
    expect(await execute(client, "ssh-add -l", { agentForward: true })).toContain("lent (ED25519)");
  });

  test("the end of the session closes what is open to the agent", async () => {
    const gate = await fixture.gate(GRANT);
    const script = join(folder, "stay.mjs");
    writeFileSync(
      script,
      `import { connect } from "node:net";
// A question first: without one nothing says that the agent is there.
const socket = connect(process.env.SSH_AUTH_SOCK);
socket.write(Buffer.from([0, 0, 0, 1, 11]));
socket.once("data", () => console.error("open"));
`,
    );
    const ended = gate.ssh([NODE, script], {
      flags,
      env,
      onStderr: (text) => {
        if (text.includes("open")) void gate.close();
      },
    });
    expect((await ended).code).toBe(255);
    await gate.close();
    const { outcome, bytes, channels } = about(await gate.entries(), "agent");
    expect([outcome, channels.length]).toEqual(["closed", 1]);
    expect(channels[0]?.["bytes"]).toBe(bytes);
  });

  test("an agent that answers at length keeps every byte, in both directions", async () => {
    const size = 5_000_000;
    const path = join(folder, "echo.sock");
    const echo = net.createServer({ allowHalfOpen: true }, (peer) => {
      peer.on("error", () => undefined);
      // The client first tells the agent which connection this is, and waits for the answer (session-bind@openssh.com).
      peer.once("data", (first) => {
        if (first[4] === 27) peer.write(Buffer.from([0, 0, 0, 1, 5]));
        else peer.write(first);
        peer.pipe(peer);
      });
    });
    await new Promise<void>((resolve) => echo.listen(path, resolve));
    const script = join(folder, "talk.mjs");
    writeFileSync(
      script,
      `import { connect } from "node:net";
import { createHash } from "node:crypto";
const socket = connect(process.env.SSH_AUTH_SOCK);
const hash = createHash("sha256");
let seen = 0;
socket.on("data", (chunk) => {
  hash.update(chunk);
  seen += chunk.length;
  if (seen === ${size}) { console.log(hash.digest("hex")); socket.destroy(); }
});
socket.write(Buffer.alloc(${size}, "abcdefghijk"));
`,
    );
    const gate = await fixture.gate(GRANT);
    const answer = await gate.ssh([NODE, script], { flags: ["-A", "-o", `IdentityAgent=${path}`] });
    echo.close();
    const expected = createHash("sha256").update(Buffer.alloc(size, "abcdefghijk")).digest("hex");
    expect(answer).toMatchObject({ code: 0, stdout: `${expected}\n` });
    expect((await recorded(gate, "agent")).bytes).toBe(2 * size);
  });

  const clients: ssh2.Client[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
  });

  /** A client of the library that has the agent. */
  function library(gate: SshGate): Promise<ssh2.Client> {
    const client = new ssh2.Client();
    clients.push(client);
    return new Promise((resolve, reject) => {
      client.on("error", reject);
      client.on("ready", () => resolve(client));
      const { port, user: username, key: own } = gate;
      client.connect({
        host: "127.0.0.1",
        port,
        username,
        privateKey: own.privateFile,
        agent: socket,
        authHandler: ["publickey"],
      });
    });
  }
});

withSshd("an agent that the target does not take", () => {
  const fixture = useSshServer({ config: ["AllowAgentForwarding no"] });

  test("the program runs without it, and both client and record are told", async () => {
    const gate = await fixture.gate(GRANT);
    const path = join(fixture.folder, "agent.sock");
    const agent = spawn("ssh-agent", ["-D", "-a", path], { stdio: "ignore" });
    await eventually(() => existsSync(path));
    const answer = await gate.ssh(["echo", "on"], { flags: ["-A", "-o", `IdentityAgent=${path}`] });
    agent.kill();
    expect(answer).toEqual({ code: 0, stdout: "on\n", stderr: "gate: the target refused agent forwarding\n" });
    expect(await recorded(gate, "agent")).toMatchObject({ verdict: "allow", outcome: "refused" });
  });
});

const withX = suiteWith(
  sshInstalled() && existsSync("/usr/bin/xauth"),
  "the packages openssh-server, openssh-client and xauth",
);

withX("a display that a client lends", () => {
  const folder = mkdtempSync(join(tmpdir(), "gate-display-"));
  const [there, here] = [join(folder, "there"), join(folder, "here")];
  const fixture = useSshServer({ config: ["X11Forwarding yes", `SetEnv XAUTHORITY=${there}`] });
  const cookie = "00112233445566778899aabbccddeeff";
  const seen: Buffer[] = [];
  let server: net.Server | undefined;
  let display = "";
  const script = join(folder, "client.mjs");
  const found = join(folder, "found");
  beforeAll(async () => {
    // An X server as far as its first words: what came, then an answer.
    server = net.createServer((socket) => {
      socket.on("error", () => undefined);
      let all = Buffer.alloc(0);
      socket.on("data", (chunk) => {
        all = Buffer.concat([all, chunk]);
        if (!all.includes("hello from the target")) return;
        seen.push(all);
        socket.end("hello from the display");
      });
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server?.listen(port, "127.0.0.1", resolve));
    display = `127.0.0.1:${port - 6000}`;
    for (const file of [here, there]) writeFileSync(file, "");
    execFileSync("xauth", ["-q", "-f", here, "add", display, "MIT-MAGIC-COOKIE-1", cookie], { stdio: "ignore" });
    // An X client as far as its first words (X11 protocol, section 8), with the cookie that sshd has left it.
    writeFileSync(
      script,
      `import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
const words = execFileSync("xauth", ["list"]).toString().trim().split("\\n").at(-1).split(/\\s+/);
writeFileSync(${JSON.stringify(found)}, words.at(-1));
const name = "MIT-MAGIC-COOKIE-1";
const data = Buffer.from(words.at(-1), "hex");
const head = Buffer.from([0x6c, 0, 11, 0, 0, 0, name.length, 0, data.length, 0, 0, 0]);
const number = Number(/:(\\d+)/.exec(process.env.DISPLAY)[1]);
const socket = connect(6000 + number, "127.0.0.1");
socket.on("error", (error) => console.log(error.code));
socket.write(Buffer.concat([head, Buffer.from(name), Buffer.alloc(2), data, Buffer.from("hello from the target")]));
socket.on("data", (chunk) => process.stdout.write(chunk));
`,
    );
  });
  afterAll(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const env = (): Record<string, string> => ({ DISPLAY: display, XAUTHORITY: here });

  test("with a grant a program at the target reaches it, and no cookie is on the record", async () => {
    const gate = await fixture.gate(`${RUN}  - {id: lend, effect: allow, match: {x11: true}}\n`);
    const answer = await gate.ssh([NODE, script], { flags: ["-Y"], env: env() });
    expect(answer).toEqual({ code: 0, stdout: "hello from the display", stderr: "" });
    // The client has put the display's own cookie in the place of what it had told the target.
    expect(seen).toHaveLength(1);
    expect(seen[0]?.includes(Buffer.from(cookie, "hex"))).toBe(true);
    const { verdict, outcome, bytes, channels } = await recorded(gate, "x11");
    expect([verdict, outcome, channels.length]).toEqual(["allow", "closed", 1]);
    expect(bytes).toBe((seen[0]?.length ?? 0) + "hello from the display".length);
    const told = readFileSync(found, "utf8");
    expect(told).toMatch(/^[0-9a-f]{32}$/u);
    const record = JSON.stringify(await gate.entries());
    for (const secret of [told, cookie]) expect(record).not.toContain(secret);
  });

  test("without a grant the program runs, and has no display", async () => {
    const gate = await fixture.gate(RUN);
    const answer = await gate.ssh(["printenv", "DISPLAY"], { flags: ["-Y"], env: env() });
    expect(answer).toMatchObject({ code: 1, stdout: "" });
    expect(answer.stderr).toContain('gate: X11 forwarding: denied by rule "default"');
    expect(answer.stderr).toContain("X11 forwarding request failed");
    expect(about(await gate.entries(), "x11").verdict).toBe("deny");
  });

  test("a held request is answered before those that came after it", async () => {
    const gate = await fixture.gate(HOLD.replace("agent: true", "x11: true"));
    const answer = gate.ssh(["printenv", "DISPLAY"], { flags: ["-Y", "-tt"], env: env() });
    await gate.pendingHold();
    expect(fixture.server.ran()).toEqual([]);
    await gate.vote("approve");
    expect(await answer).toMatchObject({ code: 0, stdout: expect.stringContaining("localhost:1") });
  });
});

/** What a program prints, errors too. */
function execute(
  client: ssh2.Client,
  command: string,
  options: ExecOptions & { agentForward?: boolean },
): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, options, (error, channel) => {
      if (error !== undefined) return reject(error);
      let text = "";
      channel.on("data", (chunk: Buffer) => (text += chunk.toString()));
      channel.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
      channel.on("close", () => resolve(text));
    });
  });
}
