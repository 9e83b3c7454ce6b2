/** SSH runs the conformance suite against a real sshd, through a client of ssh2. */
import { afterAll, beforeAll } from "@jest/globals";
import ssh2 from "ssh2";
import { ssh } from "@gate/protocols/ssh";
import { generateOpensshKey } from "@gate/protocols/ssh/keys";
import { protocolConformance, type ConformanceClient } from "../../packages/testkit/src/conformance.ts";
import { sshInstalled, startSshServer, type SshServer } from "../../packages/testkit/src/ssh-server.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const key = generateOpensshKey();
let server: SshServer;

const suite = suiteWith(sshInstalled(), "the packages openssh-server and openssh-client");

suite("with OpenSSH's sshd", () => {
  beforeAll(async () => {
    server = await startSshServer();
  }, 90_000);

  afterAll(() => server.stop());

  protocolConformance("ssh", () => ({
    protocol: ssh,
    target: {
      address: `127.0.0.1:${server.port}`,
      host_key: server.fingerprint,
      credential: { username: server.user, private_key: server.clientKey },
    },
    policy: `rules:
  main:
  - {id: allow, effect: allow, match: {exec: [echo, "*"]}}
  - {id: ask, effect: hold, approval: someone, match: {exec: [printf, "*"]}}
  - {id: never, effect: deny, message: "not on this host", match: {exec: [rm, "**"]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`,
    allowed: "echo a",
    denied: "rm /tmp/a",
    unmatched: "id",
    held: "printf b",
    malformed: Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    harness: { endpoint: { publicKey: key.publicLine } },
    connect: (port, user) => connect(port, user),
    effects: async () => server.ran(),
    effectOf: { allowed: "echo a", held: "printf b" },
  }));
});

function connect(port: number, username: string): Promise<ConformanceClient> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed")));
    client.on("ready", () =>
      resolve({
        run: (command) =>
          new Promise((answered, failed) => {
            client.on("close", () => failed(new Error("closed")));
            client.exec(command, (error, channel) => {
              if (error !== undefined) {
                failed(error);
                return;
              }
              let text = "";
              let code: number | null = null;
              channel.on("data", (chunk: Buffer) => (text += chunk.toString()));
              channel.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
              channel.on("exit", (status: number | null) => (code = status));
              channel.on("close", () => answered({ ok: code === 0, text }));
            });
          }),
        close: () => client.destroy(),
      }),
    );
    client.connect({ host: "127.0.0.1", port, username, privateKey: key.privateFile });
  });
}
